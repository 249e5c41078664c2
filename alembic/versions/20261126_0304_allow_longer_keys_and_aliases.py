"""allow longer keys of metrics and longer aliases"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6d1f0b7c52ae"
down_revision: str | Sequence[str] | None = "7d20f4c9b861"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    _set_lengths(key=250, name=255, before=(100, 50))


def downgrade() -> None:
    _set_lengths(key=100, name=50, before=(250, 255))


def _set_lengths(key: int, name: int, before: tuple[int, int]) -> None:
    # SQLite rebuilds the table, which would otherwise get row ids.
    kept = {"sqlite_with_rowid": False}
    with op.batch_alter_table("ml_metrics", table_kwargs=kept) as batch_op:
        batch_op.alter_column(
            "key",
            type_=sa.String(length=key),
            existing_type=sa.String(length=before[0]),
            existing_nullable=False,
        )
    with op.batch_alter_table("model_aliases") as batch_op:
        batch_op.alter_column(
            "name",
            type_=sa.String(length=name),
            existing_type=sa.String(length=before[1]),
            existing_nullable=False,
        )
