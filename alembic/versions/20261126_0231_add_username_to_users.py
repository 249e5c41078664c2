"""add username to users"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a91d5b60c7e4"
down_revision: str | Sequence[str] | None = "5c0f3f6a2d1b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("username", sa.String(length=50), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_users_username"), ["username"])


def downgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_users_username"), type_="unique")
        batch_op.drop_column("username")
