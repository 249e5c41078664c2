"""Sessions, the pools behind them, and the only place that commits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.driver import OPENING, Opener, Renewal, driver_of, is_aborted
from src.core.engines import create_opener, is_in_memory
from src.core.errors import NotWritableError, UnusableDatabaseError
from src.core.failures import noted
from src.core.listening import Listener
from src.core.observer import Observer
from src.core.pool import ConnectionPool
from src.core.readiness import READY_SECONDS, Readiness
from src.core.replica import Replica
from src.core.sessions import WROTE, LazyAsyncSession, ReadOnlyError
from src.core.settings import Settings

ABORTED = "A query failed, and its error was ignored: nothing can be committed."


class Database:
    """Opens sessions and ends their transactions. Belongs to the event loop that first uses it."""

    def __init__(self, settings: Settings, observers: Sequence[Observer] = ()) -> None:
        self._observers = observers
        url, read_url = settings.database_url, settings.database_read_url
        size = settings.database_pool_size
        # SQLite has one writer at a time. Our queue is fair to those that wait; SQLite's is not.
        writers = 1 if url.get_backend_name() == "sqlite" else size
        renewal = Renewal()

        def pool(name: str, opener: Opener, size: int, renewal: Renewal) -> ConnectionPool:
            wait = settings.database_pool_wait
            return ConnectionPool(name, opener, size, wait, observers, renewal)

        self._write = pool("write", create_opener(settings, url), writers, renewal)
        self._replica: Replica | None = None
        if is_in_memory(url):  # the database lives in its one connection
            self._read = self._probe = self._write
        else:
            reader = create_opener(settings, url, read_only=True)
            self._read = pool("read", reader, size, renewal)
            asker = create_opener(settings, url, autocommit=True)
            self._probe = pool("probe", asker, 1, renewal)
        self._pools = {self._write, self._read, self._probe}
        if read_url:
            reader = create_opener(settings, read_url, read_only=True)
            replicas = pool("replica", reader, size, Renewal())
            self._replica = Replica(replicas, self._probe, observers)
            self._pools.add(replicas)
        self._readiness = Readiness(self._probe, observers)
        self.listener = Listener(settings, self._probe)
        self._warming: asyncio.Future[list[list[BaseException]]] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Raises a `DomainError` if the database refuses a query or the commit.
        """
        with noted(self._observers):
            async with self._write.connection() as connection:
                session = LazyAsyncSession(connection)
                yield session
                if session.is_used and session.in_transaction():
                    await session.flush()
                if is_aborted(connection):
                    raise RuntimeError(ABORTED)
                async with self.listener.telling(session, connection):
                    if connection.in_transaction():
                        await connection.commit()
                    else:  # every query bypassed the session
                        await driver_of(connection).commit()

    @asynccontextmanager
    async def reading(self, *, current: bool = False) -> AsyncIterator[AsyncSession]:
        """Open a session without a transaction: each query stands alone.

        Raises `ReadOnlyError` if a query would write. Set ``current`` to avoid a replica.
        """
        try:
            with noted(self._observers):
                replica = None if current else self._replica
                lent = self._from_replica(replica) if replica else self._read.connection()
                async with lent as connection:
                    session = LazyAsyncSession(connection, read_only=True)
                    yield session
                    if session.is_used:
                        session.sync_session.flush()  # raises if there is anything to write
                    if OPENING in connection.info:  # a rollback would drop prepared statements
                        await driver_of(connection).commit()
        except NotWritableError as error:
            if isinstance(error.__cause__, DBAPIError):
                raise ReadOnlyError(WROTE) from error
            raise

    @asynccontextmanager
    async def _from_replica(self, replica: Replica) -> AsyncIterator[AsyncConnection]:
        async with replica.connection() as connection:
            if connection is not None:
                yield connection
                return
        async with self._read.connection() as connection:
            yield connection

    async def is_ready(self) -> bool:
        return await self._readiness.is_ready()

    async def warm(self) -> None:
        """Connect, for at most `READY_SECONDS`. Raises ``SystemExit`` if that is not safe."""
        self._warming = asyncio.gather(*(pool.warm() for pool in self._pools))
        await asyncio.wait({self._warming}, timeout=READY_SECONDS)
        for error in chain(*(self._warming.result() if self._warming.done() else [])):
            if isinstance(error, UnusableDatabaseError):
                raise SystemExit(error.reason)

    async def dispose(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        self._readiness.cancel()
        if self._warming is not None:
            self._warming.cancel()
        if self._replica is not None:
            self._replica.cancel()
        for pool in self._pools:
            await pool.dispose()
