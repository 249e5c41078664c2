"""The drivers' own connections beneath SQLAlchemy's."""

import select
import time
from typing import Any

import aiosqlite
from psycopg.pq import TransactionStatus
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

RENEWAL_SECONDS = 1
OPENING = "opening"
"""Key of a connection's `info` for what has to be run whenever the connection is lent."""


class Opener:
    """Opens connections of an engine, in a state that is known."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def open(self) -> AsyncConnection:
        connection = await self.engine.connect()
        connection.info["since"] = time.monotonic()
        return connection


class Renewal:
    """The moment before which no connection to a server may have been opened; its pools share it.

    At most one renewal a second, so that no client can have all connections made anew all the time.
    """

    since = 0.0

    def demand(self) -> None:
        now = time.monotonic()
        if now - self.since > RENEWAL_SECONDS:
            self.since = now


def driver_of(connection: AsyncConnection) -> Any:
    """Return psycopg's or aiosqlite's own connection."""
    assert connection.sync_connection  # noqa: S101  # every open connection has one
    return connection.sync_connection.connection.driver_connection


def has_news(connection: AsyncConnection) -> bool:
    """Return whether there is anything to read on an idle connection.

    It means that the server has closed the connection: the server sends nothing else.
    """
    driver = driver_of(connection)
    if isinstance(driver, aiosqlite.Connection):
        return False
    incoming = select.poll()
    incoming.register(driver.fileno(), select.POLLIN)
    return bool(incoming.poll(0))


def is_idle(connection: AsyncConnection) -> bool:
    """Return whether no transaction is open, as far as the driver knows."""
    driver = driver_of(connection)
    if isinstance(driver, aiosqlite.Connection):
        return not driver.in_transaction
    return bool(driver.pgconn.transaction_status == TransactionStatus.IDLE)


def is_aborted(connection: AsyncConnection) -> bool:
    """Return whether an error was ignored, so that PostgreSQL would answer COMMIT by rolling back
    without an error.
    """
    driver = driver_of(connection)
    if isinstance(driver, aiosqlite.Connection):
        return False
    return bool(driver.pgconn.transaction_status == TransactionStatus.INERROR)
