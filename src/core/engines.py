"""Engines for PostgreSQL and SQLite, with their timeouts and SQLite's safety settings."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, StaticPool, event
from sqlalchemy import create_engine as create_sync
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from src.core.addresses import libpq_arguments
from src.core.driver import Opener, connect_sqlite
from src.core.failures import note_fate
from src.core.postgres import PostgresOpener
from src.core.settings import Settings
from src.core.sqlite import BEGIN, ReadOpener

CONNECT_SECONDS = 3
SQLITE_BUSY_SECONDS = 5
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
}
"""`src.core.search` turns the last one on: SQLite lets triggers write to FTS5 only then."""


def is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def create_opener(
    settings: Settings, url: URL, *, read_only: bool = False, autocommit: bool = False
) -> Opener:
    """Return an opener. Read-only connections run in AUTOCOMMIT, and the database refuses writes."""
    options: dict[str, Any] = {
        "hide_parameters": True,
        "echo": settings.database_echo,
        # `ConnectionPool` keeps the connections and leaves none of them in a transaction.
        "poolclass": StaticPool if is_in_memory(url) else NullPool,
        "pool_reset_on_return": None,
    }
    if read_only or autocommit:
        options |= {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        engine = _sqlite_engine(url, options, read_only=read_only)
    else:
        engine = _postgresql_engine(settings, url, options)

    @event.listens_for(engine.sync_engine, "handle_error")
    def keep_in_mind(context: ExceptionContext) -> None:
        error = context.sqlalchemy_exception
        if context.connection is not None and isinstance(error, DBAPIError):
            note_fate(context.connection, error)

    if is_sqlite:
        return ReadOpener(engine) if read_only else Opener(engine)
    options_of_url = str(url.query.get("options", ""))
    return PostgresOpener(engine, settings, options_of_url, read_only=read_only)


def create_sync_engine(url: URL, **sqlite_arguments: Any) -> Engine:
    """Create an engine that obeys the same address without asyncio, for migrations."""
    if url.get_backend_name() == "sqlite":
        url = url.set(drivername="sqlite")
        return create_sync(url, poolclass=NullPool, connect_args=sqlite_arguments)
    # A pooler would keep what is prepared, under a name that the next migration takes, too.
    own: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "prepare_threshold": None}
    arguments = own | libpq_arguments(url)
    return create_sync("postgresql+psycopg://", poolclass=NullPool, connect_args=arguments)


def postgresql_arguments(settings: Settings, url: URL) -> dict[str, Any]:
    """Return what psycopg connects with: all that the address says, and limits."""
    # libpq's own limits detect a network that swallows packets in seconds instead of hours.
    defaults = {
        "application_name": settings.app_name,
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    return defaults | libpq_arguments(url)


def _postgresql_engine(settings: Settings, url: URL, options: dict[str, Any]) -> AsyncEngine:
    arguments = postgresql_arguments(settings, url)
    if not settings.database_prepared_statements:
        arguments["prepare_threshold"] = None
    # The arguments have all that the URL says.
    return create_async_engine("postgresql+psycopg://", connect_args=arguments, **options)


def _sqlite_engine(url: URL, options: dict[str, Any], *, read_only: bool) -> AsyncEngine:
    # Without an isolation level the driver starts no transactions: the listener below does.
    connect_args = {
        "isolation_level": None,
        "timeout": SQLITE_BUSY_SECONDS,
        "async_creator_fn": connect_sqlite,
    }
    engine = create_async_engine(url, connect_args=connect_args, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        try:
            for pragma, value in (*PRAGMAS.items(), ("query_only", int(read_only))):
                cursor.execute(f"PRAGMA {pragma} = {value}")
        except BaseException:
            connection.close()  # nobody else will: its thread and its file would stay
            raise
        cursor.close()

    if not read_only:

        @event.listens_for(engine.sync_engine, "begin")
        def take_the_write_lock(connection: Connection) -> None:
            driver: Any = connection.connection.driver_connection
            if not driver.in_transaction:
                connection.exec_driver_sql(BEGIN)

    return engine
