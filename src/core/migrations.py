"""The revisions of the database and of `alembic/versions`, without Alembic: its import is slow."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, inspect, text

from src.core.engines import create_sync_engine

VERSIONS = Path("alembic/versions")
_NAMES = {"revision", "down_revision"}


def migrate(url: URL) -> None:
    """Bring the database up to date. Raises ``DBAPIError``, or ``SystemExit`` with a reason."""
    if current(url) == heads():
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    try:
        command.upgrade(Config("alembic.ini"), "head")
    except CommandError as error:
        raise SystemExit(f"The database cannot be migrated: {error}") from None


def current(url: URL) -> set[str]:
    with create_sync_engine(url).connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return set()
        return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def heads() -> set[str]:
    """Return the newest revisions, as Alembic understands them."""
    found = history()
    followed = {each for _, down in found for each in _each(down)}
    return {revision for revision, _ in found} - followed


def history() -> list[tuple[str, object]]:
    """Return each revision with what it follows."""
    try:
        return [_revisions_of(path) for path in VERSIONS.glob("[!.]*.py")]
    except (KeyError, ValueError, SyntaxError):  # written in a way that takes more than reading
        return _history_by_alembic()


def _revisions_of(path: Path) -> tuple[str, object]:
    """Return the revision and what it follows. Raises ``ValueError`` for more than literals."""
    tree = ast.parse(path.read_bytes())
    values = dict(pair for statement in tree.body for pair in _assigned(statement))
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in _NAMES]
    if len(stored) != len(values):
        msg = "A name is assigned twice, or within a block."
        raise ValueError(msg)
    return str(values["revision"]), values["down_revision"]


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    match statement:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), value=value) if (
            name in _NAMES and value
        ):
            yield name, ast.literal_eval(value)


def _each(down: object) -> Iterator[str]:
    match down:
        case str():
            yield down
        case tuple() | list() | set():
            yield from down


def _history_by_alembic() -> list[tuple[str, object]]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(Config("alembic.ini")).walk_revisions()
    return [(each.revision, each.down_revision) for each in scripts]
