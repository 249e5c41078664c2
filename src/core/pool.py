"""A small pool of connections, handed out in order of arrival after a bounded wait."""

import asyncio
import time
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.codes import Fate
from src.core.driver import Opener, Renewal, close, has_news, leave_idle
from src.core.errors import QueueError
from src.core.failures import FATE
from src.core.loan import Loan
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
        opener: Opener,
        size: int,
        wait_seconds: float,
        observers: Sequence[Observer] = (),
        renewal: Renewal | None = None,
    ) -> None:
        self._name = name
        self._opener = opener
        self._idle: list[AsyncConnection] = []
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._wait_seconds = wait_seconds
        self._observers = observers
        self.renewal = renewal or Renewal()
        self._note("size", size)

    def connection(self) -> Loan:
        """Lend a connection to the block; an exception rolls back its transaction."""
        return Loan(self._lend, self._take_back)

    async def _lend(self) -> AsyncConnection:
        await self._wait()
        self._note("used", 1)
        try:
            return await self._connect()
        except BaseException:
            self._release()
            raise

    async def _take_back(self, connection: AsyncConnection) -> None:
        """Keep the connection if its state is known to be good; close it otherwise."""
        try:
            if not self._is_doomed(connection) and await leave_idle(connection):
                self._idle.append(connection)
            else:
                await close(connection)
        except Exception:  # noqa: BLE001  # whatever it is, the state is not known
            await close(connection)
        except BaseException:
            await close(connection)
            raise
        finally:
            self._release()

    def _release(self) -> None:
        self._note("used", -1)
        self._free.release()

    async def warm(self) -> list[BaseException]:
        """Open all connections before the first request; return the failures."""

        async def connect() -> None:
            async with self.connection():
                pass

        opened = await asyncio.gather(
            *(connect() for _ in range(self._size)), return_exceptions=True
        )
        return [each for each in opened if each is not None]

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        self._note("awaited", 1)
        since = time.perf_counter()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise QueueError from None
        finally:
            self._note("awaited", -1)
            for observer in self._observers:
                observer.waited(self._name, time.perf_counter() - since)

    async def _connect(self) -> AsyncConnection:
        while self._idle:
            connection = self._idle.pop()  # the last one used, so that spare ones can grow old
            if not self._has_ended(connection):
                return connection
            await connection.close()
        return await self._open()

    async def _open(self) -> AsyncConnection:
        outcome = "failed"
        try:
            connection = await self._opener.open()
            outcome = "opened"
            return connection
        finally:
            for observer in self._observers:
                observer.connected(self._name, outcome)

    def _has_ended(self, connection: AsyncConnection) -> bool:
        """Return whether the connection is too old, or was closed by the server."""
        oldest = max(self.renewal.since, time.monotonic() - RECYCLE_SECONDS)
        return connection.info["since"] <= oldest or has_news(connection)

    def _is_doomed(self, connection: AsyncConnection) -> bool:
        if connection.invalidated:
            return True
        fate = connection.info.get(FATE)
        if fate is Fate.ALL_CLOSED:
            self.renewal.demand()
        return fate is not None

    def _note(self, state: str, change: int) -> None:
        for observer in self._observers:
            observer.pool_changed(self._name, state, change)

    async def dispose(self) -> None:
        for connection in self._idle:
            await connection.close()
        await self._opener.close()
        self._note("size", -self._size)
