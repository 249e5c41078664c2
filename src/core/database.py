"""Sessions, the queues they wait in, and the only commit."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker
from sqlalchemy.orm import ORMExecuteState
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.config import Settings
from src.core.engines import create_engine, is_in_memory
from src.core.errors import DomainError
from src.core.failures import BUSY, translated
from src.core.metrics import TAKEN, TURNS, WAITING

READY_SECONDS = 1

logger = logging.getLogger(__name__)


class ReadOnlyError(RuntimeError):
    """A mistake in the program: something that may only read tried to write."""


class _ReadSession(Session):
    pass


@event.listens_for(_ReadSession, "before_flush")
def _refuse_flush(*_: object) -> None:
    msg = "A session opened for reading was asked to write."
    raise ReadOnlyError(msg)


@event.listens_for(_ReadSession, "do_orm_execute")
def _refuse_statement(statement: ORMExecuteState) -> None:
    if statement.is_insert or statement.is_update or statement.is_delete:
        _refuse_flush()


class _Lane:
    """An engine and the queue before it: first come, first served, for a bounded time.

    SQLAlchemy's own pool serves waiters in no order, so a few wait far longer than the rest.
    """

    def __init__(self, name: str, engine: AsyncEngine, turns: int, wait_seconds: float) -> None:
        self.engine = engine
        self._turns = asyncio.Semaphore(turns)
        self._wait_seconds = wait_seconds
        TURNS.labels(name).set(turns)
        self._waiting = WAITING.labels(name)
        self._taken = TAKEN.labels(name)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        await self._wait()
        try:
            with self._taken.track_inprogress():
                yield
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        try:
            with self._waiting.track_inprogress():
                async with asyncio.timeout(self._wait_seconds):
                    await self._turns.acquire()
        except TimeoutError:
            raise BUSY() from None


class Database:
    """Opens sessions and ends their transactions. Belongs to the event loop that first uses it."""

    def __init__(self, settings: Settings) -> None:
        url, read_url = settings.database_url, settings.database_read_url
        size = settings.database_pool_size
        # SQLite has one writer at a time; its others wait better here than in its busy handler.
        writers = 1 if url.get_backend_name() == "sqlite" else size

        self._write = _lane("write", settings, url, writers)
        if is_in_memory(url):  # the database is its one connection: everybody takes turns at it
            self._read = self._probe = self._write
        else:
            self._read = _lane("read", settings, read_url or url, size, read_only=True)
            self._probe = _lane("probe", settings, url, 1, read_only=True)
        self._readiness: asyncio.Task[bool] | None = None

        self._write_sessions = async_sessionmaker(
            self._write.engine, class_=AsyncSession, expire_on_commit=False
        )
        self._read_sessions = async_sessionmaker(
            self._read.engine, class_=AsyncSession, sync_session_class=_ReadSession
        )

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises a `DomainError` for what the database refuses, on commit too.
        """
        with translated():
            async with self._write.turn(), self._write_sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Statements that each stand alone. Raises `ReadOnlyError` when one would write."""
        with translated():
            async with self._read.turn(), self._read_sessions() as session:
                yield session
                await session.flush()  # has nothing to do, or is refused

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
                async with self._probe.turn(), self._probe.engine.connect() as connection:
                    await connection.exec_driver_sql("SELECT 1")
        except DomainError as error:
            logger.warning("The database does not answer: %s", error.__cause__ or error)
            return False
        return True

    async def dispose(self) -> None:
        """Close every connection; the database cannot be used afterwards."""
        if self._readiness is not None:
            self._readiness.cancel()
        for lane in {self._write, self._read, self._probe}:
            await lane.engine.dispose()


def _lane(name: str, settings: Settings, url: URL, size: int, *, read_only: bool = False) -> _Lane:
    engine = create_engine(settings, url, size, read_only=read_only)
    return _Lane(name, engine, size, settings.database_pool_wait)
