"""add status to projects"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7bb9e9ea7797"
down_revision: str | Sequence[str] | None = "eb7cd38f387c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


# contract: no version of the example before this one runs anywhere
def upgrade() -> None:
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("status", sa.String(), nullable=True))

    rows = sa.table(
        "projects",
        sa.column("id", sa.Uuid()),
        sa.column("status", sa.String()),
    )
    op.execute(sa.update(rows).values({"status": "active"}))

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.alter_column("status", existing_type=sa.String(), nullable=False)

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_projects_status"), "status IN ('active', 'completed', 'archived')"
        )


def downgrade() -> None:
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_projects_status"), type_="check")

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_column("status")
