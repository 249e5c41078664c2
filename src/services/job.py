"""Jobs as their owners see them: listed, cancelled and tried again."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import bindparam
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.announcing import announce
from src.core.errors import ConflictError
from src.models.base import utc_now
from src.models.job import CHANNEL, Job, JobStatus
from src.schemas.base import Payload
from src.schemas.job import JobResponse, Kind
from src.services.base import CrudService, Versions
from src.services.job_delivery import Delivery, deliver_again, withdraw
from src.services.job_events import record
from src.services.job_following import NOBODY, Followers, follow
from src.services.job_queue import enqueue, rank_of
from src.services.purging import Purge

KEPT = timedelta(days=30)
"""Age of a finished job at which it may be deleted."""
BATCH = 100
"""The most jobs deleted in one transaction: each may have many events."""

_OLD = Purge(col(Job.id), col(Job.finished_at) < bindparam("before"))


class JobService(CrudService[Job, Payload, Payload, JobResponse]):
    """The jobs of one owner; those of nobody, such as the purges, are not found here."""

    model = Job
    response = JobResponse

    def __init__(
        self, session: AsyncSession, owner_id: UUID, followers: Followers = NOBODY
    ) -> None:
        super().__init__(session, owner_id=owner_id)
        self._owner_id = owner_id
        self._followers = followers

    async def start[Given: BaseModel](self, kind: Kind[Given], payload: Given) -> JobResponse:
        return await enqueue(self._session, kind, payload, self._owner_id)

    async def cancel(self, job_id: UUID, if_match: Versions | None = None) -> JobResponse:
        """Cancel a queued job at once; ask the worker of a running one to end it."""
        job = await self.load(job_id, if_match)
        if job.status == "cancelled" or job.cancel_requested_at is not None:
            return await self.get(job_id)
        if job.status not in {"queued", "running"}:
            msg = f"A {job.status} job cannot be cancelled."
            raise ConflictError(msg)
        job.cancel_requested_at = utc_now()
        if job.status == "running":
            announce(self._session, CHANNEL, str(job_id))
            return await self.save(job)
        job.finished_at = job.cancel_requested_at
        await withdraw(self._session, job_id)
        return await self._moved(job, "cancelled")

    async def retry(self, job_id: UUID, if_match: Versions | None = None) -> JobResponse:
        """Queue a job again that has failed or was cancelled, as if it were new."""
        job = await self.load(job_id, if_match)
        if job.status == "queued":
            return await self.get(job_id)
        if job.status not in {"failed", "cancelled"}:
            msg = f"A {job.status} job cannot be retried."
            raise ConflictError(msg)
        job.rank, job.run_after = await rank_of(self._session, self._owner_id), utc_now()
        job.attempt = job.losses = 0
        job.cancel_requested_at = job.started_at = job.finished_at = None
        job.progress_done = job.progress_total = job.message = None
        job.error_code = job.error = None
        again = Delivery(job.id, job.queue, job.priority, job.rank, job.run_after)
        await deliver_again(self._session, again)
        return await self._moved(job, "queued")

    async def _moved(self, job: Job, status: JobStatus) -> JobResponse:
        job.status = status
        job.events += 1
        saved = await self.save(job)
        await record(self._session, job.id, job.events, "status", {"status": status})
        await follow(self._followers, self._session, job.kind, job.id, status)
        return saved


class JobPurge:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def purge(self, older_than: timedelta = KEPT) -> int:
        """Delete a batch of jobs that finished longer ago and return their number."""
        return await _OLD.batch(self._session, BATCH, before=utc_now() - older_than)
