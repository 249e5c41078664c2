"""Migrate the database, then serve, in one process: ``python -m src.serve [uvicorn's options]``.

For development. A deployment migrates in a separate step and starts uvicorn itself.
"""

import re
import sys
from pathlib import Path

import uvicorn
from sqlalchemy import NullPool, create_engine, inspect, text

from src.api.capability import settings_with
from src.capabilities import CAPABILITIES
from src.core.safety import refuse_hazards
from src.core.settings import get_settings, read_settings

VERSIONS = Path("alembic/versions")


def heads() -> set[str]:
    """Return the newest revisions without importing Alembic, which would be slow."""
    scripts = "\n".join(path.read_text() for path in VERSIONS.glob("*.py"))
    followed = "\n".join(re.findall(r"^down_revision.*", scripts, re.MULTILINE))
    revisions = re.findall(r'^revision\b.*"(\w+)"', scripts, re.MULTILINE)
    return set(revisions) - set(re.findall(r'"(\w+)"', followed))


def current() -> set[str]:
    url = get_settings().database_url
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite")
    with create_engine(url, poolclass=NullPool).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return set()
        return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def migrate() -> None:
    if current() != heads():
        from alembic import command
        from alembic.config import Config

        command.upgrade(Config("alembic.ini"), "head")


if __name__ == "__main__":
    refuse_hazards(read_settings(settings_with(CAPABILITIES)))
    migrate()
    uvicorn.main(["src.main:app", "--http", "src.api.connections:Connection", *sys.argv[1:]])
