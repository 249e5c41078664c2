"""Reads from a replica, as current as reads from the primary.

Before each read the primary is asked how far it has written. The replica serves the read if it has
replayed as much, else the primary does. A client therefore reads what it, or anybody else, was told
is written, whichever worker it asks, and without sending anything.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.driver import OPENING
from src.core.errors import UnusableDatabaseError
from src.core.fence import Fence, Position, ask_position
from src.core.observer import Observer
from src.core.pool import ConnectionPool

CATCH_UP_SECONDS = 0.02
PAUSE_SECONDS = 0.001
PATIENCE_SECONDS = 0.1
"""Seconds without waiting for a replica that did not catch up in time."""
RETURN_SECONDS = 1.0
REPLAYED = "replayed"
"""Key of a connection's `info` for the position that its server had replayed. Each connection may
lead to another replica, and a replica that was restarted may be behind its former position.
"""
# A server that is no standby, perhaps no longer, answers nothing, and so counts as behind.
_REPLAYED = """
SELECT timeline_id, (pg_last_wal_replay_lsn() - '0/0')::bigint FROM pg_control_checkpoint()
WHERE pg_is_in_recovery()
"""

logger = logging.getLogger(__name__)


class Replica:
    def __init__(
        self, pool: ConnectionPool, primary: ConnectionPool, observers: Sequence[Observer]
    ) -> None:
        self._pool = pool
        self._fence = Fence(primary)
        self._observers = observers
        self._returning: asyncio.Task[None] | None = None
        self._patient_from = 0.0

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection | None]:
        """Lend a connection to a replica that has replayed every acknowledged change; or None."""
        if self._returning is not None:
            self._fall_back("away")
            yield None
            return
        position = await self._fence.position()
        async with AsyncExitStack() as stack:
            connection = await self._connect(stack, position)
            try:
                yield connection
            except asyncio.CancelledError:
                if connection is not None:
                    self._lose("a read did not end in time")
                raise

    async def _connect(self, stack: AsyncExitStack, position: Position) -> AsyncConnection | None:
        try:
            connection = await stack.enter_async_context(self._pool.connection())
            if await self._has_replayed(connection, position):
                return connection
        except (DBAPIError, UnusableDatabaseError) as error:
            self._lose(getattr(error, "reason", error))
            self._fall_back("away")
        else:
            self._fall_back("behind")
        await stack.aclose()
        return None

    async def _has_replayed(self, connection: AsyncConnection, position: Position) -> bool:
        known = None if OPENING in connection.info else connection.info.get(REPLAYED)
        if _includes(known, position):
            return True
        is_patient = time.monotonic() >= self._patient_from
        until = time.monotonic() + (CATCH_UP_SECONDS if is_patient else 0)
        while not _includes(replayed := await self._ask(connection, position), position):
            if time.monotonic() >= until or replayed is None:
                self._patient_from = time.monotonic() + PATIENCE_SECONDS
                return False
            await asyncio.sleep(PAUSE_SECONDS)
        connection.info[REPLAYED] = replayed
        return True

    async def _ask(self, connection: AsyncConnection, position: Position) -> Position | None:
        """Return how far the replica is, and tell how many bytes it lacks."""
        replayed = await ask_position(connection, _REPLAYED)
        if replayed is not None and replayed.history == position.history:
            for observer in self._observers:
                lacking = max(0, position.offset - replayed.offset)
                observer.measured("database_replica_lag_bytes", lacking)
        return replayed

    def _fall_back(self, reason: str) -> None:
        for observer in self._observers:
            observer.fell_back(reason)

    def _lose(self, reason: object) -> None:
        if self._returning is None:
            logger.warning("The replica is left out: %s", reason)
            self._returning = asyncio.create_task(self._return())

    async def _return(self) -> None:
        while True:
            await asyncio.sleep(RETURN_SECONDS)
            try:
                async with self._pool.connection() as connection:
                    await ask_position(connection, _REPLAYED)
            except Exception:  # noqa: BLE001, S112  # it is not back
                continue
            logger.warning("The replica serves again.")
            self._returning = None
            return

    def cancel(self) -> None:
        if self._returning is not None:
            self._returning.cancel()


def _includes(replayed: Position | None, written: Position) -> bool:
    if replayed is None:
        return False
    return replayed.history == written.history and replayed.offset >= written.offset
