"""What waits and runs, told to the observers of the service now and then."""

import asyncio
import logging
from collections.abc import Sequence

from sqlalchemy import Boolean, literal_column
from sqlmodel import col, func, select

from src.core.database import Database
from src.core.errors import cause_of
from src.core.observer import Observer
from src.jobs.answering import AWAY, answering
from src.models.base import utc_now
from src.models.job import Job

EVERY_SECONDS = 15.0
_OPEN = (
    select(col(Job.kind), col(Job.status), func.count(), func.min(Job.run_after))
    .where(literal_column("status IN ('queued', 'running')", Boolean))
    .group_by(col(Job.kind), col(Job.status))
)

logger = logging.getLogger(__name__)


class Gauges:
    def __init__(self, database: Database, observers: Sequence[Observer]) -> None:
        self._database = database
        self._observers = observers
        self._kinds: set[str] = set()

    async def keep_measuring(self) -> None:
        """Go on until this is cancelled."""
        while True:
            try:
                async with answering():
                    await self.measure()
            except AWAY as error:
                logger.warning("Jobs cannot be counted: %s", cause_of(error))
            await asyncio.sleep(EVERY_SECONDS)

    async def measure(self) -> None:
        async with self._database.reading(current=True) as session:
            rows = (await session.exec(_OPEN)).all()
        counts = {(kind, status): count for kind, status, count, _ in rows}
        since = {kind: first for kind, status, _, first in rows if status == "queued"}
        self._kinds |= {kind for kind, _ in counts}
        for kind in self._kinds:  # also those of which nothing is left
            for status in ("queued", "running"):
                self._tell("jobs", counts.get((kind, status), 0), kind=kind, status=status)
            waits = (utc_now() - since[kind]).total_seconds() if kind in since else 0
            self._tell("jobs_oldest_seconds", max(0, waits), kind=kind)

    def _tell(self, name: str, value: float, **labels: str) -> None:
        for observer in self._observers:
            observer.measured(name, value, **labels)
