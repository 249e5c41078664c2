"""The first migration of a tree, as Alembic writes it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.operations.ops import (
    CreateForeignKeyOp,
    CreateTableOp,
    MigrationScript,
    ModifyTableOps,
    UpgradeOps,
)
from sqlalchemy import ForeignKeyConstraint

from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS


def initial_migration(root: Path, plan: Mapping[str, str | None]) -> dict[str, str]:
    """Write it in a copy of the tree that the plan leads to."""
    with TemporaryDirectory() as folder:
        for each in ("src", "alembic", "scaffold"):
            shutil.copytree(root / each, Path(folder, each))
        for each in ("alembic.ini", "pyproject.toml"):
            shutil.copy(root / each, folder)
        for path, text in plan.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            if text is not None:
                target.write_bytes(text.encode())
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{folder}/empty.db"}
        own = [sys.executable, "-m", __name__]
        alembic = subprocess.run(  # noqa: S603  # our own command
            own, cwd=folder, env=environment, check=False, capture_output=True, encoding="utf-8"
        )
        if alembic.returncode:
            raise RefusedError(f"The rest cannot be without what would go:\n\n{alembic.stderr}")
        (written,) = Path(folder, VERSIONS).glob("*.py")
        return {f"{VERSIONS}{written.name}": written.read_text(encoding="utf-8")}


def keys_last(_: object, __: object, scripts: Sequence[MigrationScript]) -> None:
    """Create the keys of tables that refer to each other when both are there."""
    for script in scripts:
        operations = script.upgrade_ops or UpgradeOps()
        operations.ops += [*_mutual_keys(operations)]
        script.upgrade_ops, script.downgrade_ops = operations, operations.reverse()


def _mutual_keys(operations: UpgradeOps) -> Iterator[ModifyTableOps]:
    tables = [each for each in operations.ops if isinstance(each, CreateTableOp)]
    for table in tables:
        parts = table.columns
        table.columns = [each for each in parts if not getattr(each, "use_alter", False)]
        for key in parts:
            if isinstance(key, ForeignKeyConstraint) and key.use_alter:
                yield ModifyTableOps(table.table_name, [CreateForeignKeyOp.from_constraint(key)])


if __name__ == "__main__":
    command.revision(
        Config("alembic.ini"),
        "create tables",
        autogenerate=True,
        process_revision_directives=keys_last,
    )
