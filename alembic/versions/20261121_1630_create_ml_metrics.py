"""create ml metrics"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5f0c27d19ae4"
down_revision: str | Sequence[str] | None = "220f1218afd9"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ml_metrics",
        sa.Column("experiment_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_ml_metrics_experiment_id_experiments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("experiment_id", "key", "step", name=op.f("pk_ml_metrics")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("ml_metrics")
