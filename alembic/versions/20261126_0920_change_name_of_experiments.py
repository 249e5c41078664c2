"""change name of experiments"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision: str = "0c7e777a3096"
down_revision: str | Sequence[str] | None = "04a4eabc96c7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.alter_column(
            "name",
            existing_type=sa.String(length=100),
            type_=sa.String(length=250),
            existing_nullable=False,
        )


def downgrade() -> None:
    rows = sa.table("experiments", sa.column("name", sa.String(length=250)))
    unfit: dict[str, sa.ColumnElement[bool]] = {
        "with name longer than 100 characters": sa.func.length(rows.c["name"]) > 100,
    }
    for fault, condition in unfit.items():
        count = sa.select(sa.func.count()).select_from(rows).where(condition)
        if not op.get_context().as_sql and (found := op.get_bind().scalar(count)):
            raise CommandError(
                f"Rows of experiments {fault}: {found}. Nothing has changed: change them, then migrate again."
            )

    with op.batch_alter_table("experiments", schema=None) as batch_op:
        batch_op.alter_column(
            "name",
            existing_type=sa.String(length=250),
            type_=sa.String(length=100),
            existing_nullable=False,
        )
