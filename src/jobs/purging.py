"""Purges as jobs, in batches."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from src.jobs.work import Work


class Purged(BaseModel):
    rows: int


async def purged(work: Work[Any], purge: Callable[[AsyncSession], Awaitable[int]]) -> Purged:
    """Purge until nothing is left, each batch in a transaction of its own."""
    rows = 0
    while True:
        async with work.database.writing() as session:
            last = await purge(session)
        if not last:
            return Purged(rows=rows)
        rows += last
        work.progress(done=rows)
