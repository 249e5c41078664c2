"""How far the primary has written, asked on one connection for all reads of a process."""

import asyncio
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.driver import driver_of
from src.core.errors import NotWritableError
from src.core.failures import as_sqlalchemy
from src.core.pool import ConnectionPool

# Without synchronous commits, an acknowledged one may not even be written yet.
_WRITTEN = """
SELECT ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int, (
    CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END - '0/0')::bigint
WHERE NOT pg_is_in_recovery()
"""


class Position(NamedTuple):
    """A place in the log of changes; those of two histories cannot be compared."""

    history: int
    """PostgreSQL's timeline: each promotion of a standby begins a new one."""
    offset: int


class Fence:
    """The primary's position, asked on one connection, in one question at a time."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._next: asyncio.Task[Position] | None = None

    async def position(self) -> Position:
        """Return a position that includes every change acknowledged before this call.

        A question that is under way may be too old an answer; callers share the next one.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._ask())
            self._next.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._next)

    async def _ask(self) -> Position:
        try:
            async with self._pool.connection() as connection:
                self._next = None
                position = await ask_position(connection, _WRITTEN)
        except BaseException:
            if self._next is asyncio.current_task():
                self._next = None
            raise
        if position is None:
            raise NotWritableError
        return position


async def ask_position(connection: AsyncConnection, question: str) -> Position | None:
    with as_sqlalchemy(connection):
        cursor = await driver_of(connection).execute(question)
        row = await cursor.fetchone()
    return row and Position(*row)
