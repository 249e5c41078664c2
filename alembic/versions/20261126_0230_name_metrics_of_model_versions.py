"""name metrics of model versions"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "5c0f3f6a2d1b"
down_revision: str | Sequence[str] | None = "901a5875833d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


# contract: no version of the example before this one runs anywhere
def upgrade() -> None:
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.alter_column(
            "metrics", new_column_name="test_metrics", existing_type=JSON, existing_nullable=False
        )
        batch_op.add_column(sa.Column("train_metrics", JSON, nullable=True))

    op.execute("UPDATE model_versions SET train_metrics = '{}'")

    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.alter_column("train_metrics", existing_type=JSON, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("model_versions", schema=None) as batch_op:
        batch_op.drop_column("train_metrics")
        batch_op.alter_column(
            "test_metrics", new_column_name="metrics", existing_type=JSON, existing_nullable=False
        )
