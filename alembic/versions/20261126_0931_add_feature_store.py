"""add feature store"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7be1c90d42f8"
down_revision: str | Sequence[str] | None = "8c2f5d70e6b1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "feature_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("entity", sa.String(length=100), nullable=False),
        sa.Column(
            "features", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("ttl_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_feature_views_owner_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_views")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_feature_views_owner_id_id")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_feature_views_owner_id_name")),
    )
    op.create_table(
        "feature_latest",
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(length=200), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["feature_views.id"],
            name=op.f("fk_feature_latest_view_id_feature_views"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("view_id", "entity", name=op.f("pk_feature_latest")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feature_values",
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(length=200), nullable=False),
        sa.Column("event_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["feature_views.id"],
            name=op.f("fk_feature_values_view_id_feature_views"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("view_id", "entity", "event_at", name=op.f("pk_feature_values")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "version_features",
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id", "owner_id"],
            ["model_versions.id", "model_versions.owner_id"],
            name=op.f("fk_version_features_model_version_id_owner_id_model_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_version_id", name=op.f("pk_version_features")),
    )
    op.create_table(
        "version_feature_views",
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("feature_view_id", sa.Uuid(), nullable=False),
        sa.Column("view_version", sa.Integer(), nullable=False),
        sa.Column(
            "features", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["feature_view_id", "owner_id"],
            ["feature_views.id", "feature_views.owner_id"],
            name=op.f("fk_version_feature_views_feature_view_id_owner_id_feature_views"),
        ),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["version_features.model_version_id"],
            name=op.f("fk_version_feature_views_model_version_id_version_features"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "model_version_id", "position", name=op.f("pk_version_feature_views")
        ),
    )
    with op.batch_alter_table("version_feature_views", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_version_feature_views_feature_view_id"),
            ["feature_view_id"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("version_feature_views", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_feature_views_feature_view_id"))

    op.drop_table("version_feature_views")
    op.drop_table("version_features")
    op.drop_table("feature_values")
    op.drop_table("feature_latest")
    op.drop_table("feature_views")
