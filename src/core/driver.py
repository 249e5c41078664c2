"""The drivers' own connections beneath SQLAlchemy's."""

import asyncio
import select
import sqlite3
import time
from contextlib import suppress
from functools import partial
from threading import Event
from typing import Any

import aiosqlite
from psycopg.pq import TransactionStatus
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

RENEWAL_SECONDS = 1
INTERRUPT_SECONDS = 0.05
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

    async def close(self) -> None:
        await self.engine.dispose()


class Renewal:
    """The moment before which no connection to a server may have been opened; its pools share it.

    At most one renewal a second, so that no client can have all connections made anew all the time.
    """

    since = 0.0

    def demand(self) -> None:
        now = time.monotonic()
        if now - self.since > RENEWAL_SECONDS:
            self.since = now


async def connect_sqlite(database: str, **arguments: Any) -> aiosqlite.Connection:
    """Return a new connection. The library forgets to close one whose caller is cancelled."""
    connection = aiosqlite.connect(database, **arguments)
    connection._thread.daemon = True  # as SQLAlchemy has it
    opening = asyncio.ensure_future(connection)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(sqlite3.Error):  # it could not be opened
            await (await opening).close()
        raise


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


async def leave_idle(connection: AsyncConnection) -> bool:
    """Roll back what was not committed; return whether no transaction is left."""
    if connection.sync_connection and connection.sync_connection.get_transaction():
        await connection.rollback()  # also after a failed commit, when it is no longer active
    if not is_idle(connection):
        await driver_of(connection).rollback()
    return is_idle(connection)


def interrupt(connection: AsyncConnection) -> None:
    """Stop the statement of a cancelled caller, and roll it back before anything else is run.

    SQLite's thread would go on with it; psycopg does this itself.
    """
    if connection.closed or connection.invalidated:
        return
    driver = driver_of(connection)
    if isinstance(driver, aiosqlite.Connection) and driver._connection:
        _insist(driver._connection, rolled_back := Event())
        for step in (rolled_back.set, driver._connection.rollback):
            driver._tx.put_nowait((None, step))  # the thread's queue


def _insist(driver: sqlite3.Connection, rolled_back: Event) -> None:
    """Interrupt again and again: a statement that the thread has not yet begun is not stopped."""
    if not rolled_back.is_set():
        with suppress(sqlite3.ProgrammingError):  # it is closed
            driver.interrupt()
            again = partial(_insist, driver, rolled_back)
            asyncio.get_running_loop().call_later(INTERRUPT_SECONDS, again)


async def close(connection: AsyncConnection) -> None:
    with suppress(Exception):  # one that is broken may not even be closed properly
        await connection.close()
