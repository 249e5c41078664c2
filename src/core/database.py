"""Sessions, the pools behind them, and the only place that commits."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import NoReturn

from sqlalchemy import URL, event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.engines import create_engine, is_in_memory
from src.core.errors import DomainError
from src.core.failures import FAILURES, translated
from src.core.observer import Observer
from src.core.pool import ConnectionPool, driver_of
from src.core.settings import Settings

READY_SECONDS = 1

logger = logging.getLogger(__name__)


class ReadOnlyError(RuntimeError):
    """A bug: a session opened for reading was used to write."""


class ReadSession(Session):
    pass


@event.listens_for(ReadSession, "before_flush")
def refuse_to_write(*_: object) -> NoReturn:
    msg = "A session opened for reading was asked to write."
    raise ReadOnlyError(msg)


@event.listens_for(ReadSession, "do_orm_execute")
def _refuse_statement(statement: ORMExecuteState) -> None:
    if statement.is_insert or statement.is_update or statement.is_delete:
        refuse_to_write()


class Database:
    """Opens sessions and ends their transactions. Belongs to the event loop that first uses it."""

    def __init__(self, settings: Settings, observers: Sequence[Observer] = ()) -> None:
        self._observers = observers
        url, read_url = settings.database_url, settings.database_read_url
        size = settings.database_pool_size
        # SQLite has one writer at a time. Our queue is fair to those that wait; SQLite's is not.
        writers = 1 if url.get_backend_name() == "sqlite" else size

        def pool(name: str, url: URL, size: int, *, read_only: bool = True) -> ConnectionPool:
            engine = create_engine(settings, url, read_only=read_only)
            return ConnectionPool(name, engine, size, settings.database_pool_wait, observers)

        self._write = pool("write", url, writers, read_only=False)
        if is_in_memory(url):  # the database lives in its one connection
            self._read = self._current = self._probe = self._write
        else:
            self._read = self._current = pool("read", url, size)
            if read_url:
                self._read = pool("replica", read_url, size)
            self._probe = pool("probe", url, 1)
        self._pools = {self._write, self._read, self._current, self._probe}
        self._readiness: asyncio.Task[bool] | None = None
        self._warming: asyncio.Future[list[None]] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Raises a `DomainError` if the database refuses a query or the commit.
        """
        with self._noting_failures():
            async with self._write.connection() as connection:
                session = AsyncSession(connection, expire_on_commit=False)
                yield session
                if session.in_transaction():
                    await session.flush()
                if connection.in_transaction():
                    await connection.commit()
                else:  # every query bypassed the session
                    await driver_of(connection).commit()

    @asynccontextmanager
    async def reading(self, *, current: bool = False) -> AsyncIterator[AsyncSession]:
        """Open a session without a transaction: each query stands alone.

        Raises `ReadOnlyError` if a query would write. Set ``current`` to avoid a replica, which
        may lag.
        """
        with self._noting_failures():
            async with (self._current if current else self._read).connection() as connection:
                session = AsyncSession(connection, sync_session_class=ReadSession)
                yield session
                session.sync_session.flush()  # raises if there is anything to write
                if connection.in_transaction():
                    await connection.rollback()

    async def is_ready(self) -> bool:
        """Return, within `READY_SECONDS`, whether the database answers.

        Concurrent callers share one query. A query that takes longer goes on: a driver whose
        network swallows packets takes many seconds even to be cancelled.
        """
        if self._readiness is None or self._readiness.done():
            self._readiness = asyncio.create_task(self._answers())
        await asyncio.wait({self._readiness}, timeout=READY_SECONDS)
        return self._readiness.done() and self._readiness.result()

    async def _answers(self) -> bool:
        try:
            with self._noting_failures():
                async with self._probe.connection() as connection:
                    await driver_of(connection).execute("SELECT 1")
        except DomainError as error:
            logger.warning("The database does not answer: %s", error.__cause__ or error)
            return False
        return True

    async def warm(self) -> None:
        """Connect before the first request, but for no longer than `READY_SECONDS`."""
        self._warming = asyncio.gather(*(pool.warm() for pool in self._pools))
        await asyncio.wait({self._warming}, timeout=READY_SECONDS)

    async def dispose(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        for task in (self._readiness, self._warming):
            if task is not None:
                task.cancel()
        for pool in self._pools:
            await pool.dispose()

    @contextmanager
    def _noting_failures(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except DomainError as error:
            if isinstance(error.__cause__, FAILURES):
                for observer in self._observers:
                    observer.failed(error)
            raise
