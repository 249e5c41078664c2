"""name resources of deployments"""

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "d27c8e41b9f3"
down_revision: str | Sequence[str] | None = "a91d5b60c7e4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TEXT, INTEGER = sa.String(length=20), sa.Integer()
FACTORS = {
    **{s: Decimal(1000) ** n for n, s in enumerate(("n", "u", "m", "", *"kMGTPE"), start=-3)},
    **{f"{s}i": Decimal(1024) ** n for n, s in enumerate("KMGTPE", start=1)},
}


# contract: no version of the example before this one runs anywhere
def upgrade() -> None:
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.alter_column("image", new_column_name="base_image", existing_type=sa.String(300))
        batch_op.alter_column("variables", new_column_name="env_vars", existing_type=JSON)
        batch_op.add_column(sa.Column("cpu_limit", TEXT, nullable=True))
        batch_op.add_column(sa.Column("memory_limit", TEXT, nullable=True))
        batch_op.add_column(sa.Column("progress", INTEGER, nullable=True))
        batch_op.add_column(sa.Column("message", sa.String(length=500), nullable=True))

    op.execute(
        "UPDATE deployments SET cpu_limit = cpu_millis || 'm', memory_limit = memory_mib || 'Mi', "
        "progress = CASE status WHEN 'pending' THEN 0 ELSE 100 END"
    )

    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.alter_column("cpu_limit", existing_type=TEXT, nullable=False)
        batch_op.alter_column("memory_limit", existing_type=TEXT, nullable=False)
        batch_op.alter_column("progress", existing_type=INTEGER, nullable=False)
        batch_op.drop_column("cpu_millis")
        batch_op.drop_column("memory_mib")


def downgrade() -> None:
    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cpu_millis", INTEGER, nullable=True))
        batch_op.add_column(sa.Column("memory_mib", INTEGER, nullable=True))

    count("cpu_limit", "cpu_millis", Decimal("0.001"))
    count("memory_limit", "memory_mib", Decimal(2**20))

    with op.batch_alter_table("deployments", schema=None) as batch_op:
        batch_op.alter_column("cpu_millis", existing_type=INTEGER, nullable=False)
        batch_op.alter_column("memory_mib", existing_type=INTEGER, nullable=False)
        batch_op.drop_column("message")
        batch_op.drop_column("progress")
        batch_op.drop_column("memory_limit")
        batch_op.drop_column("cpu_limit")
        batch_op.alter_column("env_vars", new_column_name="variables", existing_type=JSON)
        batch_op.alter_column("base_image", new_column_name="image", existing_type=sa.String(300))


def count(quantity: str, number: str, unit: Decimal) -> None:
    """Write quantities such as 500m and 2Gi as numbers of a unit, rounded down, but never to 0."""
    rows = sa.table("deployments", sa.column(quantity, TEXT), sa.column(number, INTEGER))
    connection = op.get_bind()
    for (text,) in connection.execute(sa.select(rows.c[quantity]).distinct()).all():
        suffix = next((each for each in (text[-2:], text[-1:]) if each in FACTORS), "")
        value = Decimal(text.removesuffix(suffix)) * FACTORS[suffix]
        same = rows.c[quantity] == text
        connection.execute(rows.update().where(same).values({number: max(1, int(value / unit))}))
