"""add origins of files"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "7d20f4c9b861"
down_revision: str | Sequence[str] | None = "3b7c5e19a4d2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file_origins",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("derived_from", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("part", sa.String(), nullable=True),
        sa.CheckConstraint("\"part\" IN ('train', 'test')", name=op.f("ck_file_origins_part")),
        sa.ForeignKeyConstraint(
            ["derived_from"],
            ["files.id"],
            name=op.f("fk_file_origins_derived_from_files"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["files.id"],
            name=op.f("fk_file_origins_file_id_files"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_file_origins")),
    )
    with op.batch_alter_table("file_origins", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_file_origins_derived_from"), ["derived_from"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("file_origins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_origins_derived_from"))

    op.drop_table("file_origins")
