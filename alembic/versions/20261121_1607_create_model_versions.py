"""create model versions"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0efa328e1709"
down_revision: str | Sequence[str] | None = "db30eff80eda"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "model_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("ml_model_id", sa.Uuid(), nullable=False),
        sa.Column("experiment_id", sa.Uuid(), nullable=True),
        sa.Column("storage_uri", sa.String(length=500), nullable=False),
        sa.Column("checksum", sa.String(length=200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column(
            "metrics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column(
            "hyperparameters",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('development', 'staging', 'production', 'archived')",
            name=op.f("ck_model_versions_stage"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_model_versions_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["ml_model_id", "owner_id"],
            ["ml_models.id", "ml_models.owner_id"],
            name=op.f("fk_model_versions_ml_model_id_owner_id_ml_models"),
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id", "owner_id"],
            ["experiments.id", "experiments.owner_id"],
            name=op.f("fk_model_versions_experiment_id_owner_id_experiments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_model_versions_owner_id_id")),
        sa.UniqueConstraint(
            "owner_id",
            "ml_model_id",
            "number",
            name=op.f("uq_model_versions_owner_id_ml_model_id_number"),
        ),
        sa.UniqueConstraint(
            "owner_id", "ml_model_id", "id", name=op.f("uq_model_versions_owner_id_ml_model_id_id")
        ),
    )
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_model_versions_ml_model_id"), ["ml_model_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_model_versions_experiment_id"), ["experiment_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_model_versions_experiment_id"))
        batch_op.drop_index(batch_op.f("ix_model_versions_ml_model_id"))

    op.drop_table("model_versions")
