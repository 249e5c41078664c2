"""create documents"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "eb7cd38f387c"
down_revision: str | Sequence[str] | None = "5f0c27d19ae4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('model_session', 'mlflow_metadata', 'dvc_metadata', 'project_config')",
            name=op.f("ck_documents_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_documents_owner_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "owner_id"],
            ["projects.id", "projects.owner_id"],
            name=op.f("fk_documents_project_id_owner_id_projects"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("owner_id", "id", name=op.f("uq_documents_owner_id_id")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_project_id"), ["project_id"], unique=False)
        batch_op.create_index("ix_documents_kind", ["owner_id", "kind", "id"], unique=False)
        batch_op.create_index(
            "uq_documents_project_config",
            ["owner_id", "project_id"],
            unique=True,
            postgresql_where=sa.text("kind = 'project_config'"),
            sqlite_where=sa.text("kind = 'project_config'"),
        )
        batch_op.create_index(
            "ix_documents_body",
            ["body"],
            unique=False,
            postgresql_using="gin",
            postgresql_ops={"body": "jsonb_path_ops"},
            sqlite_where=sa.text("false"),
        )


def downgrade() -> None:
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_documents_body",
            postgresql_using="gin",
            postgresql_ops={"body": "jsonb_path_ops"},
            sqlite_where=sa.text("false"),
        )
        batch_op.drop_index(
            "uq_documents_project_config",
            postgresql_where=sa.text("kind = 'project_config'"),
            sqlite_where=sa.text("kind = 'project_config'"),
        )
        batch_op.drop_index("ix_documents_kind")
        batch_op.drop_index(batch_op.f("ix_documents_project_id"))

    op.drop_table("documents")
