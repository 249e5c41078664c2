"""change name of projects"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision: str = "04a4eabc96c7"
down_revision: str | Sequence[str] | None = "59308a2dab13"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.alter_column(
            "name",
            existing_type=sa.String(length=100),
            type_=sa.String(length=500),
            existing_nullable=False,
        )


def downgrade() -> None:
    rows = sa.table("projects", sa.column("name", sa.String(length=500)))
    unfit: dict[str, sa.ColumnElement[bool]] = {
        "with name longer than 100 characters": sa.func.length(rows.c["name"]) > 100,
    }
    for fault, condition in unfit.items():
        count = sa.select(sa.func.count()).select_from(rows).where(condition)
        if not op.get_context().as_sql and (found := op.get_bind().scalar(count)):
            raise CommandError(
                f"Rows of projects {fault}: {found}. Nothing has changed: change them, then migrate again."
            )

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.alter_column(
            "name",
            existing_type=sa.String(length=500),
            type_=sa.String(length=100),
            existing_nullable=False,
        )
