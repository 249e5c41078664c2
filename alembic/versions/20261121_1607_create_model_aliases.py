"""create model aliases"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "eae15a5fa5dc"
down_revision: str | Sequence[str] | None = "0efa328e1709"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "model_aliases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("ml_model_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_model_aliases_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["ml_model_id", "owner_id"],
            ["ml_models.id", "ml_models.owner_id"],
            name=op.f("fk_model_aliases_ml_model_id_owner_id_ml_models"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id", "ml_model_id", "owner_id"],
            ["model_versions.id", "model_versions.ml_model_id", "model_versions.owner_id"],
            name=op.f("fk_model_aliases_version_id_ml_model_id_owner_id_model_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_aliases")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_model_aliases_owner_id_id")),
        sa.UniqueConstraint(
            "owner_id",
            "ml_model_id",
            "name",
            name=op.f("uq_model_aliases_owner_id_ml_model_id_name"),
        ),
    )
    with op.batch_alter_table("model_aliases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_aliases_ml_model_id"), ["ml_model_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_model_aliases_version_id"), ["version_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("model_aliases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_model_aliases_version_id"))
        batch_op.drop_index(batch_op.f("ix_model_aliases_ml_model_id"))

    op.drop_table("model_aliases")
