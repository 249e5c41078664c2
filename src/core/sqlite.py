"""Readers of a SQLite file share a connection, and so a thread, for compiled queries.

Threads fight for the interpreter's lock: a request costs about a fifth more if each reader has
a thread of its own. Each query stands alone and is read to its end in one step, so that the next
one, whichever reader runs it, sees the latest commit.
"""

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from src.core.driver import Opener, close, driver_of, interrupt
from src.core.failures import FATE, as_sqlalchemy

BEGIN = "BEGIN IMMEDIATE"
"""Takes SQLite's write lock at once. A transaction that reads first and locks later fails with
"database is locked" if another one has written in between; the busy timeout does not apply there.
"""
SHARED = "shared"
"""Key of a connection's `info` for the `SharedReader` of its pool."""
HOLD_UP_SECONDS = 0.05
"""A query that takes longer goes on alone, on the connection of its reader."""

type Rows = Iterable[tuple[Any, ...]]


class SharedReader:
    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._connection: AsyncConnection | None = None
        self._since = 0.0
        self._renewing = False
        self._waiting = self._ended = 0
        self._watcher: asyncio.Task[None] | None = None

    async def fetch(self, own: AsyncConnection, sql: str, values: Sequence[object]) -> Rows:
        """Return the rows of a query, run on ``own`` if the shared connection is not free soon."""
        # Never older than a reader's own, the shared connection ends when the pool wants it to.
        if own.info["since"] > self._since and not self._renewing:
            with suppress(DBAPIError):  # a reader can do without
                await self._renew()
        if self._connection is not None:
            rows = await self._fetch(self._connection, sql, values)
            if rows is not None:
                return rows
        return await _fetchall(own, sql, values)

    async def _fetch(
        self, shared: AsyncConnection, sql: str, values: Sequence[object]
    ) -> Rows | None:
        """Return the rows; None if the query was interrupted."""
        self._waiting += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch(shared))
        try:
            with as_sqlalchemy(shared):
                return await _fetchall(shared, sql, values)
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                return None
            if FATE in shared.info:
                self._since = 0.0
            raise
        except Exception:  # not the database's: the state is not known
            self._since = 0.0
            raise
        finally:
            self._waiting -= 1
            self._ended += 1

    async def _watch(self, shared: AsyncConnection) -> None:
        """Interrupt queries that hold up others, as long as any are waited for."""
        while self._waiting:
            ended = self._ended
            await asyncio.sleep(HOLD_UP_SECONDS)
            if self._waiting and self._ended == ended:
                interrupt(shared)
        self._watcher = None

    async def _renew(self) -> None:
        self._renewing = True  # others use their own connections meanwhile
        try:
            await self.close()
            self._connection = await self._opener.open()
            self._since = time.monotonic()
        finally:
            self._renewing = False

    async def close(self) -> None:
        shared, self._connection = self._connection, None
        if self._watcher is not None:
            self._watcher.cancel()
            self._watcher = None
        if shared is not None:
            interrupt(shared)
            await close(shared)


class ReadOpener(Opener):
    """Opens the connections of readers, which share another one."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine)
        self._shared = SharedReader(Opener(engine))

    async def open(self) -> AsyncConnection:
        connection = await super().open()
        connection.info[SHARED] = self._shared
        return connection

    async def close(self) -> None:
        await self._shared.close()
        await super().close()


async def fetch(
    connection: AsyncConnection, sql: str, values: Sequence[object], *, begin: bool
) -> Rows:
    """Return the rows of a query, run in a transaction if ``begin``."""
    if begin:
        driver = driver_of(connection)
        # In one visit to its thread. The library has no public name for a visit.
        rows: Rows = await driver._execute(_begin_and_fetch, driver._conn, sql, values)
        return rows
    shared: SharedReader | None = connection.info.get(SHARED)
    if shared is None:
        return await _fetchall(connection, sql, values)
    return await shared.fetch(connection, sql, values)


def _begin_and_fetch(driver: sqlite3.Connection, sql: str, values: Sequence[object]) -> Rows:
    if not driver.in_transaction:
        driver.execute(BEGIN)
    return driver.execute(sql, values).fetchall()


async def _fetchall(connection: AsyncConnection, sql: str, values: Sequence[object]) -> Rows:
    rows: Rows = await driver_of(connection).execute_fetchall(sql, values)
    return rows
