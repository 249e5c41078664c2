"""A small pool of connections, handed out in order of arrival after a bounded wait."""

import asyncio
import select
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from src.core.errors import QueueError
from src.core.failures import as_sqlalchemy
from src.core.observer import Observer

RECYCLE_SECONDS = 1800


class ConnectionPool:
    """Up to ``size`` connections of an engine, and a queue: first come, first served.

    SQLAlchemy's own pool serves its queue in no order, so that a few wait far longer than the rest.
    It also switches greenlets to hand out a connection, and pings the server: each costs about as
    much as a small query.
    """

    def __init__(
        self,
        name: str,
        engine: AsyncEngine,
        size: int,
        wait_seconds: float,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.engine = engine
        self._name = name
        self._idle: list[AsyncConnection] = []
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._wait_seconds = wait_seconds
        self._observers = observers
        self._note("size", size)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection to the block; an exception rolls back its transaction."""
        await self._wait()
        self._note("used", 1)
        try:
            with as_sqlalchemy(self.engine.dialect):
                connection = await self._connect()
                try:
                    yield connection
                except BaseException:
                    await self._roll_back(connection)
                    raise
                self._idle.append(connection)
        finally:
            self._note("used", -1)
            self._free.release()

    async def warm(self) -> None:
        """Open all connections before the first request; ignore failures."""

        async def connect() -> None:
            async with self.connection():
                pass

        await asyncio.gather(*(connect() for _ in range(self._size)), return_exceptions=True)

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        self._note("awaited", 1)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise QueueError from None
        finally:
            self._note("awaited", -1)

    async def _connect(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()  # the last one used, so that spare ones can grow old
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

    def _note(self, state: str, change: int) -> None:
        for observer in self._observers:
            observer.pool_changed(self._name, state, change)

    async def dispose(self) -> None:
        for connection in self._idle:
            await connection.close()
        await self.engine.dispose()
        self._note("size", -self._size)


def driver_of(connection: AsyncConnection) -> Any:
    """Return psycopg's or aiosqlite's own connection."""
    assert connection.sync_connection  # noqa: S101  # every open connection has one
    return connection.sync_connection.connection.driver_connection


def _has_ended(connection: AsyncConnection) -> bool:
    """Return whether the connection broke, is too old, or was closed by the server.

    Data on an idle connection means that it was closed: the server sends nothing else.
    """
    if connection.invalidated or connection.dialect.name == "sqlite":
        return connection.invalidated
    incoming = select.poll()
    incoming.register(driver_of(connection).fileno(), select.POLLIN)
    return time.monotonic() - connection.info["since"] > RECYCLE_SECONDS or bool(incoming.poll(0))
