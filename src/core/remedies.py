"""Tells operators what to do when the database refuses, by the driver's code, not its words."""

from psycopg import OperationalError
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from src.core.engines import create_sync_engine
from src.core.errors import AwayError, DomainError, UnusableDatabaseError

_SQLITE = {
    "SQLITE_CANTOPEN": "name a file in DATABASE_URL whose folder exists and is writable",
    "SQLITE_READONLY": "make the file in DATABASE_URL and its folder writable",
    "SQLITE_NOTADB": "name another file in DATABASE_URL: this one is no database",
    "SQLITE_BUSY": "end the other program that writes to this file",
}
_POSTGRESQL = {
    "55P03": "repeat it when no other session holds the table, nor another migration runs",
}
_SERVER = "start the server, or correct host, port, user and password in DATABASE_URL"


def for_operators(error: DomainError | DBAPIError, url: URL) -> str:
    """Return what to do for a person who runs a command, and has no request to repeat."""
    if isinstance(error, DBAPIError):  # such as a missing table
        words = str(error.orig).partition("\n")[0].rstrip(".")
        return f"{words}. If a table is missing, run: python -m alembic upgrade head"
    if isinstance(error, UnusableDatabaseError):
        return error.reason
    if isinstance(error, AwayError) and isinstance(error.__cause__, DBAPIError):
        return in_one_line(error.__cause__, url)
    return str(error).replace("the request", "the command")


def in_one_line(error: DBAPIError, url: URL) -> str:
    """Return the driver's words and a remedy."""
    words = " ".join(str(error.orig).split())
    return f"The database cannot be used: {words.rstrip('.')}. To mend it, {_remedy(error, url)}."


def _remedy(error: DBAPIError, url: URL) -> str:
    if name := getattr(error.orig, "sqlite_errorname", None):
        found = (advice for code, advice in _SQLITE.items() if name.startswith(code))
        return next(found, "look this code up: https://www.sqlite.org/rescode.html")
    if isinstance(error.orig, InsufficientPrivilege):
        grant = f'GRANT CREATE ON SCHEMA public TO "{url.username}"'
        return f"run as the owner of the database: {grant}; or migrate as the owner of the tables"
    if state := getattr(error.orig, "sqlstate", None):  # the server is there, and refuses
        look = f"look up {state}: https://www.postgresql.org/docs/current/errcodes-appendix.html"
        return _POSTGRESQL.get(state, look)
    if isinstance(error.orig, OperationalError) and _lacks_database(url):
        return f"run: createdb {url.database}"
    return _SERVER


def _lacks_database(url: URL) -> bool:
    """Return whether the server lets this user in, but has no such database."""
    server = url.set(database="postgres")
    has_database = text("SELECT count(*) FROM pg_database WHERE datname = :name")
    try:
        with create_sync_engine(server).connect() as connection:
            return not connection.scalar(has_database, {"name": url.database})
    except DBAPIError:
        return False
