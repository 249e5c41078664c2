"""Sessions, the queues they wait in, and the only commit."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

from sqlalchemy import URL, event
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.config import Settings
from src.core.engines import create_engine, is_in_memory
from src.core.errors import DomainError
from src.core.failures import translated
from src.core.lanes import Lane, driver_of

READY_SECONDS = 1

logger = logging.getLogger(__name__)


class ReadOnlyError(RuntimeError):
    """A mistake in the program: something that may only read tried to write."""


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

    def __init__(self, settings: Settings) -> None:
        url, read_url = settings.database_url, settings.database_read_url
        size = settings.database_pool_size
        # SQLite has one writer at a time; its others wait better here than in its busy handler.
        writers = 1 if url.get_backend_name() == "sqlite" else size

        self._write = _lane("write", settings, url, writers)
        if is_in_memory(url):  # the database is its one connection: everybody takes turns at it
            self._read = self._current = self._probe = self._write
        else:
            self._read = self._current = _lane("read", settings, url, size, read_only=True)
            if read_url:
                self._read = _lane("replica", settings, read_url, size, read_only=True)
            self._probe = _lane("probe", settings, url, 1, read_only=True)
        self._lanes = {self._write, self._read, self._current, self._probe}
        self._readiness: asyncio.Task[bool] | None = None
        self._warming: asyncio.Future[list[None]] | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises a `DomainError` for what the database refuses, on commit too.
        """
        with translated():
            async with self._write.connection() as connection:
                session = AsyncSession(connection, expire_on_commit=False)
                yield session
                if session.in_transaction():
                    await session.flush()
                if connection.in_transaction():
                    await connection.commit()
                else:  # all went past the session
                    await driver_of(connection).commit()

    @asynccontextmanager
    async def reading(self, *, current: bool = False) -> AsyncIterator[AsyncSession]:
        """Statements that each stand alone. Raises `ReadOnlyError` when one would write.

        What has to be ``current`` is not asked of a replica, which may lag.
        """
        with translated():
            async with (self._current if current else self._read).connection() as connection:
                session = AsyncSession(connection, sync_session_class=ReadSession)
                yield session
                session.sync_session.flush()  # has nothing to do, or is refused
                if connection.in_transaction():
                    await connection.rollback()

    async def is_ready(self) -> bool:
        """Whether the database answers now; known within `READY_SECONDS`, whatever happens.

        Callers share one question. It is never waited for beyond the limit, because a driver
        whose network swallows packets takes many seconds even to be cancelled.
        """
        if self._readiness is None or self._readiness.done():
            self._readiness = asyncio.create_task(self._answers())
        await asyncio.wait({self._readiness}, timeout=READY_SECONDS)
        return self._readiness.done() and self._readiness.result()

    async def _answers(self) -> bool:
        try:
            with translated():
                async with self._probe.connection() as connection:
                    await driver_of(connection).execute("SELECT 1")
        except DomainError as error:
            logger.warning("The database does not answer: %s", error.__cause__ or error)
            return False
        return True

    async def warm(self) -> None:
        """Connect ahead of the first requests, as far as the database lets us in a second."""
        self._warming = asyncio.gather(*(lane.warm() for lane in self._lanes))
        await asyncio.wait({self._warming}, timeout=READY_SECONDS)

    async def dispose(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        for task in (self._readiness, self._warming):
            if task is not None:
                task.cancel()
        for lane in self._lanes:
            await lane.dispose()


def _lane(name: str, settings: Settings, url: URL, size: int, *, read_only: bool = False) -> Lane:
    engine = create_engine(settings, url, read_only=read_only)
    return Lane(name, engine, size, settings.database_pool_wait)
