"""Turns at a handful of connections: in order, for a bounded time, without a detour."""

import asyncio
import select
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from src.core.failures import BUSY, as_sqlalchemy
from src.core.metrics import TAKEN, TURNS, WAITING

RECYCLE_SECONDS = 1800


class Lane:
    """Up to ``turns`` connections of an engine, and the queue before them: first come, first served.

    SQLAlchemy's own pool serves waiters in no order, so that a few wait far longer than the rest.
    It also switches greenlets to hand out a connection, and asks the server whether it is still
    there: each costs about as much as a statement.
    """

    def __init__(self, name: str, engine: AsyncEngine, turns: int, wait_seconds: float) -> None:
        self.engine = engine
        self._idle: list[AsyncConnection] = []
        self._size = turns
        self._turns = asyncio.Semaphore(turns)
        self._wait_seconds = wait_seconds
        TURNS.labels(name).set(turns)
        self._waiting = WAITING.labels(name)
        self._taken = TAKEN.labels(name)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """For the length of one turn; what an exception leaves half done is rolled back."""
        await self._wait()
        try:
            with self._taken.track_inprogress(), as_sqlalchemy(self.engine.dialect):
                connection = await self._connect()
                try:
                    yield connection
                except BaseException:
                    await self._roll_back(connection)
                    raise
                self._idle.append(connection)
        finally:
            self._turns.release()

    async def warm(self) -> None:
        """Connect ahead of the first requests, as far as the database lets us."""

        async def connect() -> None:
            async with self.connection():
                pass

        await asyncio.gather(*(connect() for _ in range(self._size)), return_exceptions=True)

    async def _wait(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            with self._waiting.track_inprogress():
                async with asyncio.timeout(self._wait_seconds):
                    await self._turns.acquire()
        except TimeoutError:
            raise BUSY() from None

    async def _connect(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()  # the last one used: the others may grow old and end
            if not _has_ended(connection):
                return connection
            await connection.close()
        connection = await self.engine.connect()
        connection.info["since"] = time.monotonic()
        return connection

    async def _roll_back(self, connection: AsyncConnection) -> None:
        try:
            await connection.rollback()
            if not connection.invalidated:
                await driver_of(connection).rollback()
        except BaseException as error:
            await connection.close()
            if not isinstance(error, Exception):
                raise
        else:
            self._idle.append(connection)

    async def dispose(self) -> None:
        for connection in self._idle:
            await connection.close()
        await self.engine.dispose()


def driver_of(connection: AsyncConnection) -> Any:
    """psycopg's or aiosqlite's own connection."""
    assert connection.sync_connection  # noqa: S101  # it is open
    return connection.sync_connection.connection.driver_connection


def _has_ended(connection: AsyncConnection) -> bool:
    """Whether it broke, is too old, or the server has closed it: an idle one says nothing else."""
    if connection.invalidated or connection.dialect.name == "sqlite":
        return connection.invalidated
    incoming = select.poll()
    incoming.register(driver_of(connection).fileno(), select.POLLIN)
    return time.monotonic() - connection.info["since"] > RECYCLE_SECONDS or bool(incoming.poll(0))
