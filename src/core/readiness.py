"""Whether the database can be used, told within a deadline."""

import asyncio
import logging
from collections.abc import Sequence

import aiosqlite

from src.core.driver import driver_of
from src.core.errors import cause_of
from src.core.failures import noted
from src.core.observer import Observer
from src.core.pool import ConnectionPool

READY_SECONDS = 1
# A standby and a server set to read-only answer "on".
_CAN_WRITE = "SELECT current_setting('transaction_read_only') = 'off'"
_CAN_READ = "SELECT count(*) >= 0 FROM sqlite_master"  # reads the file, unlike SELECT 1

logger = logging.getLogger(__name__)


class Readiness:
    def __init__(self, pool: ConnectionPool, observers: Sequence[Observer]) -> None:
        self._pool = pool
        self._observers = observers
        self._answer: asyncio.Task[bool] | None = None

    async def is_ready(self) -> bool:
        """Return, within `READY_SECONDS`, whether the database answers and takes changes.

        Concurrent callers share one query. A query that takes longer goes on: a driver whose
        network swallows packets takes many seconds even to be cancelled.
        """
        if self._answer is None or self._answer.done():
            self._answer = asyncio.create_task(self._ask())
        await asyncio.wait({self._answer}, timeout=READY_SECONDS)
        return self._answer.done() and self._answer.result()

    async def _ask(self) -> bool:
        try:
            with noted(self._observers):
                async with self._pool.connection() as connection:
                    driver = driver_of(connection)
                    is_sqlite = isinstance(driver, aiosqlite.Connection)
                    cursor = await driver.execute(_CAN_READ if is_sqlite else _CAN_WRITE)
                    (is_ready,) = await cursor.fetchone()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is not ready
            logger.warning("The database does not answer: %s", cause_of(error))
            return False
        if not is_ready:
            logger.warning("The database takes no changes: it is a standby or set to read-only.")
            self._pool.renewal.demand()  # the address may lead to a new primary by now
        return bool(is_ready)

    def cancel(self) -> None:
        if self._answer is not None:
            self._answer.cancel()
