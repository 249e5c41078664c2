"""The migrations of the tree, and those that its database has."""

import os
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from dotenv import dotenv_values
from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import SQLAlchemyError

from scaffold.errors import RefusedError
from src.core.settings import Settings


def heads_of(root: Path) -> tuple[str, ...]:
    try:
        return tuple(ScriptDirectory(root / "alembic").get_heads())
    except (CommandError, SyntaxError, ValueError) as error:
        raise RefusedError(f"The migrations in alembic/versions cannot be read: {error}") from None


def head_of(root: Path) -> str | None:
    heads = heads_of(root)
    if len(heads) > 1:
        raise RefusedError(
            f"The migrations have {len(heads)} heads: {', '.join(heads)}. Join them first: "
            "python -m scaffold merge"
        )
    return heads[0] if heads else None


def is_applied(root: Path, revision: str) -> bool:
    """Tell whether the database of the settings has it; also true if it cannot be asked."""
    try:
        settings = {**dotenv_values(root / ".env"), **os.environ}
        if not (address := settings.get("DATABASE_URL")):
            return False
        url = Settings.model_validate({"database_url": address}).database_url
        if url.get_backend_name() == "sqlite":
            if not (url.database and (root / url.database).exists()):
                return False
            url = url.set(drivername="sqlite", database=str(root / url.database))
        with create_engine(url, poolclass=NullPool).connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
        known = ScriptDirectory(root / "alembic").iterate_revisions(current, "base")
        return revision in {each.revision for each in known}
    except (SQLAlchemyError, CommandError, ValueError):  # or the address is none
        return True
