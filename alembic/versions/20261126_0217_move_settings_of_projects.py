"""move settings of projects"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "901a5875833d"
down_revision: str | Sequence[str] | None = "7bb9e9ea7797"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# The document that each project has from now on. Its id is that of the project.
TO_DOCUMENTS = {
    "postgresql": """
        INSERT INTO documents (id, version, created_at, updated_at, owner_id, project_id, kind, body)
        SELECT id, 1, created_at, updated_at, owner_id, id, 'project_config', jsonb_build_object(
            'kind', 'project_config', 'schema_version', 1, 'settings', settings
        ) FROM projects
    """,
    "sqlite": """
        INSERT INTO documents (id, version, created_at, updated_at, owner_id, project_id, kind, body)
        SELECT id, 1, created_at, updated_at, owner_id, id, 'project_config', json_object(
            'kind', 'project_config', 'schema_version', 1, 'settings', json(settings)
        ) FROM projects
    """,
}
TO_PROJECTS = """
    UPDATE projects SET settings = (
        SELECT {settings} FROM documents
        WHERE project_id = projects.id AND kind = 'project_config'
    )
"""
SETTINGS = {"postgresql": "body -> 'settings'", "sqlite": "json_extract(body, '$.settings')"}


# contract: no version of the example before this one runs anywhere
def upgrade() -> None:
    op.execute(TO_DOCUMENTS[op.get_context().dialect.name])
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_column("settings")


def downgrade() -> None:
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
            )
        )

    op.execute(TO_PROJECTS.format(settings=SETTINGS[op.get_context().dialect.name]))
    op.execute("DELETE FROM documents WHERE kind = 'project_config'")

    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.alter_column(
            "settings",
            existing_type=sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        )
