"""Deletes bookkeeping that has had its time, in batches whose duration is bounded."""

from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, bindparam
from sqlmodel import delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query

BATCH = 10_000
"""Most rows that a command deletes in one transaction."""
EVERY, SOME = 50, 100
"""Each fiftieth call deletes up to a hundred rows: twice as many as calls insert meanwhile."""


class Purge:
    """Deletes the rows that meet a condition, whose values are named by `bindparam`.

    Rows that another transaction has locked are left for the next time, so nobody waits.
    """

    def __init__(self, key: Any, condition: ColumnElement[bool]) -> None:
        chosen = select(key).where(condition).limit(bindparam("most"))
        # PostgreSQL may run a subquery more than once, each time with other rows up to its limit.
        once = chosen.with_for_update(skip_locked=True).cte("chosen")
        self._query = Query(delete(key.class_).where(key.in_(select(*once.c))).returning(key))
        self._calls = count(1)

    async def batch(self, session: AsyncSession, most: int = BATCH, **values: object) -> int:
        """Delete at most so many rows and return their number."""
        return len(await self._query.rows(session, most=most, **values))

    async def sometimes(self, session: AsyncSession, **values: object) -> None:
        """Delete a few rows with every `EVERY`-th call, so that no timer has to."""
        if next(self._calls) % EVERY == 0:
            await self.batch(session, SOME, **values)
