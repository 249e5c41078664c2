"""add previews"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "3b7c5e19a4d2"
down_revision: str | Sequence[str] | None = "c41e8d07f6b5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rows", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("columns", sa.Integer(), nullable=True))

    op.create_table(
        "previews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("options", sa.String(length=100), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["md5"], ["contents.md5"], name=op.f("fk_previews_md5_contents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_previews_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_previews")),
        sa.UniqueConstraint(
            "owner_id", "md5", "options", name=op.f("uq_previews_owner_id_md5_options")
        ),
    )
    with op.batch_alter_table("previews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_previews_md5"), ["md5"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("previews", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_previews_md5"))

    op.drop_table("previews")
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_column("columns")
        batch_op.drop_column("rows")
