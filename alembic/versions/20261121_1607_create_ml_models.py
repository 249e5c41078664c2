"""create ml models"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "db30eff80eda"
down_revision: str | Sequence[str] | None = "e96051163ca6"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "ml_models",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("task", sa.String(length=50), nullable=False),
        sa.Column("framework", sa.String(length=50), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_ml_models_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "owner_id"],
            ["projects.id", "projects.owner_id"],
            name=op.f("fk_ml_models_project_id_owner_id_projects"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ml_models")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_ml_models_owner_id_id")),
        sa.UniqueConstraint(
            "owner_id", "project_id", "name", name=op.f("uq_ml_models_owner_id_project_id_name")
        ),
    )
    with op.batch_alter_table("ml_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ml_models_project_id"), ["project_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ml_models_task"), ["task"], unique=False)
        batch_op.create_index(batch_op.f("ix_ml_models_framework"), ["framework"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ml_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ml_models_framework"))
        batch_op.drop_index(batch_op.f("ix_ml_models_task"))
        batch_op.drop_index(batch_op.f("ix_ml_models_project_id"))

    op.drop_table("ml_models")
