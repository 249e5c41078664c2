"""The first migration of a tree, as Alembic writes it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS

REVISION = ("alembic", "revision", "--autogenerate", "-m", "create tables")


def initial_migration(root: Path, plan: Mapping[str, str | None]) -> dict[str, str]:
    """Write it in a copy of the tree that the plan leads to."""
    with TemporaryDirectory() as folder:
        for each in ("src", "alembic"):
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
        command = [sys.executable, "-m", *REVISION]
        alembic = subprocess.run(  # noqa: S603  # our own command
            command, cwd=folder, env=environment, check=False, capture_output=True, encoding="utf-8"
        )
        if alembic.returncode:
            raise RefusedError(f"The rest cannot be without what would go:\n\n{alembic.stderr}")
        (written,) = Path(folder, VERSIONS).glob("*.py")
        return {f"{VERSIONS}{written.name}": written.read_text(encoding="utf-8")}
