"""add trained models"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "c41e8d07f6b5"
down_revision: str | Sequence[str] | None = "9881d05308c0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "trained_models",
        sa.Column("model_version_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("model_type", sa.String(length=60), nullable=False),
        sa.Column("target_column", sa.String(length=100), nullable=False),
        sa.Column(
            "features", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["file_id", "owner_id"],
            ["files.id", "files.owner_id"],
            name=op.f("fk_trained_models_file_id_owner_id_files"),
        ),
        sa.ForeignKeyConstraint(
            ["model_version_id", "owner_id"],
            ["model_versions.id", "model_versions.owner_id"],
            name=op.f("fk_trained_models_model_version_id_owner_id_model_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_version_id", name=op.f("pk_trained_models")),
    )
    with op.batch_alter_table("trained_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trained_models_file_id"), ["file_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("trained_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_trained_models_file_id"))

    op.drop_table("trained_models")
