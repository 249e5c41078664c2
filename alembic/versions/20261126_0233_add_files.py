"""add files"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "9881d05308c0"
down_revision: str | Sequence[str] | None = "8909eb7804e3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "contents",
        sa.Column("md5", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("md5", name=op.f("pk_contents")),
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("md5", sa.String(length=32), nullable=True),
        sa.CheckConstraint("\"status\" IN ('pending', 'stored')", name=op.f("ck_files_status")),
        sa.ForeignKeyConstraint(["md5"], ["contents.md5"], name=op.f("fk_files_md5_contents")),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_files_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_files_owner_id_id")),
    )
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_files_md5"), ["md5"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_files_owner_id_files_status"), ["owner_id", "status"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_files_sha256"), ["sha256"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_files_sha256"))
        batch_op.drop_index(batch_op.f("ix_files_owner_id_files_status"))
        batch_op.drop_index(batch_op.f("ix_files_md5"))

    op.drop_table("files")
    op.drop_table("contents")
