"""Looks at a job again and again, each time in a session of its own: nobody holds one and waits."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.models.job import Job
from src.schemas.job import JobEventResponse, JobResponse
from src.services.job import JobService
from src.services.job_events import events_after


class JobWatch:
    """The jobs of one owner, as those see them who wait for news."""

    def __init__(self, database: Database, owner_id: UUID) -> None:
        self._database = database
        self._owner_id = owner_id

    async def get(self, job_id: UUID) -> JobResponse:
        async with self._database.reading() as session:
            return await JobService(session, self._owner_id).get(job_id)

    async def events_after(
        self, job_id: UUID, last: int, most: int
    ) -> list[JobEventResponse] | None:
        """Return the next events of a job that `get` has returned; None if none will ever follow.

        Raises `NotFoundError` if it is gone.
        """
        async with self._database.reading() as session:
            if events := await events_after(session, job_id, last, most):
                return events
            job = await JobService(session, self._owner_id).get(job_id)
            if job.finished_at is None:
                return []
            return await events_after(session, job_id, last, most) or None  # the last may be new


async def versions_of(session: AsyncSession, keys: Sequence[str]) -> Mapping[str, object]:
    """Return the versions of jobs by the text of their ids."""
    ids = [UUID(each) for each in keys]
    rows = await session.exec(select(Job.id, Job.version).where(col(Job.id).in_(ids)))
    return {str(job_id): version for job_id, version in rows}
