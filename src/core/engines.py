"""Engines for PostgreSQL and SQLite, with their timeouts and SQLite's safety settings."""

from typing import Any

from sqlalchemy import URL, Connection, NullPool, StaticPool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from src.core.settings import Settings

CONNECT_SECONDS = 3
LOCK_SECONDS = 2
IDLE_IN_TRANSACTION_SECONDS = 10
CLIENT_CHECK_SECONDS = 5
SQLITE_BUSY_SECONDS = 5
BEGIN = "BEGIN IMMEDIATE"
"""Takes SQLite's write lock at once. A transaction that reads first and locks later fails with
"database is locked" if another one has written in between; the busy timeout does not apply there.
"""


def is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}


def create_engine(settings: Settings, url: URL, *, read_only: bool = False) -> AsyncEngine:
    """Create an engine; a read-only one runs in AUTOCOMMIT, and the database refuses its writes."""
    options: dict[str, Any] = {
        "hide_parameters": True,
        "echo": settings.database_echo,
        # `ConnectionPool` keeps the connections and leaves none of them in a transaction.
        "poolclass": StaticPool if is_in_memory(url) else NullPool,
        "pool_reset_on_return": None,
    }
    if read_only:
        options |= {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, options, read_only=read_only)
    return _postgresql_engine(settings, url, options, read_only=read_only)


def _postgresql_engine(
    settings: Settings, url: URL, options: dict[str, Any], *, read_only: bool
) -> AsyncEngine:
    server_settings = {
        "timezone": "UTC",
        "statement_timeout": int(settings.database_statement_timeout * 1000),
        "lock_timeout": LOCK_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_SECONDS * 1000,
        "client_connection_check_interval": CLIENT_CHECK_SECONDS * 1000,
        "default_transaction_read_only": "on" if read_only else "off",
    }
    # libpq's own limits detect a network that swallows packets in seconds instead of hours.
    connect_args = {
        "application_name": settings.app_name,
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "options": " ".join(f"-c {name}={value}" for name, value in server_settings.items()),
    }
    return create_async_engine(url, connect_args=connect_args, **options)


def _sqlite_engine(url: URL, options: dict[str, Any], *, read_only: bool) -> AsyncEngine:
    # Without an isolation level the driver starts no transactions: the listener below does.
    connect_args = {"isolation_level": None, "timeout": SQLITE_BUSY_SECONDS}
    engine = create_async_engine(url, connect_args=connect_args, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        cursor.execute(f"PRAGMA query_only = {read_only:d}")
        cursor.close()

    if not read_only:

        @event.listens_for(engine.sync_engine, "begin")
        def take_the_write_lock(connection: Connection) -> None:
            driver: Any = connection.connection.driver_connection
            if not driver.in_transaction:
                connection.exec_driver_sql(BEGIN)

    return engine
