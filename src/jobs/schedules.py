"""Enqueues the jobs of schedules, each once however many workers run."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from croniter import croniter  # type: ignore[import-untyped]  # the library lacks the types
from pydantic import BaseModel

from src.core.database import Database
from src.jobs.handlers import AnyHandler
from src.models.base import utc_now
from src.services.job_queue import enqueue

LATE = timedelta(minutes=10)
"""A time that passed longer ago, while no worker ran, is left out."""


class Nothing(BaseModel):
    """What the jobs of schedules are given."""


class Schedules:
    def __init__(self, database: Database, handlers: Iterable[AnyHandler]) -> None:
        self._database = database
        self._scheduled = [(each.kind, each.schedule) for each in handlers if each.schedule]
        self._seen: dict[str, datetime] = {}

    async def enqueue_due(self, now: datetime | None = None) -> None:
        """Enqueue a job for the latest time of each schedule; the first worker's is the only one."""
        now = now or utc_now()
        for kind, expression in self._scheduled:
            due: datetime = croniter(expression, now).get_prev(datetime)
            if now - due > LATE or self._seen.get(kind.name) == due:
                continue
            async with self._database.writing() as session:
                key = f"{kind.name} at {due.astimezone(UTC).isoformat()}"
                await enqueue(session, kind, Nothing(), None, dedupe_key=key)
            self._seen[kind.name] = due
