"""Releases of the service: copies of the tree, in which the generator changes what they store."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

from alembic.script import ScriptDirectory
from sqlalchemy import URL

from workshop.generator.trees import copy_tree

# Gates take minutes, and are proved elsewhere.
SCAFFOLD = (
    "from scaffold.apply import run; from scaffold.commands import app; "
    "run.prove = lambda *_: {}; app.main()"
)
CONTRACTION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "contract", "{head}"


def upgrade() -> None:
    op.drop_column("{table}", "{column}")


def downgrade() -> None:
    op.add_column("{table}", sa.Column("{column}", sa.String()))
"""


def release(folder: Path, name: str, *changes: tuple[str, ...]) -> Path:
    """Copy the tree, and make the changes in the copy, such as ``("field", "add", ...)``."""
    tree = copy_tree(folder / name)
    for command in changes:
        subprocess.run([sys.executable, "-c", SCAFFOLD, *command], cwd=tree, check=True)
    return tree


def dropping(tree: Path, before: Path, table: str, column: str) -> None:
    """Give the tree the migrations of the release before, and one that drops a column of it."""
    versions = Path("alembic/versions")
    copytree(before / versions, tree / versions, dirs_exist_ok=True)
    head = ScriptDirectory(str(tree / "alembic")).get_current_head()
    text = CONTRACTION.format(head=head, table=table, column=column)
    (tree / versions / "contract.py").write_text(text, encoding="utf-8")


async def migrate(tree: Path, url: URL) -> None:
    address = url.render_as_string(hide_password=False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "alembic", "upgrade", "head"),
        cwd=tree,
        env=os.environ | {"DATABASE_URL": address},
    )
    assert await process.wait() == 0
