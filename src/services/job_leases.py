"""What workers do with jobs. Each change names its lease: without it, a worker changes nothing."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.models.job import JobStatus
from src.models.storable import storable
from src.schemas.job import Json
from src.services import job_statements as statements
from src.services.job_delivery import Delivery, deliver_again
from src.services.job_events import record
from src.services.job_following import FOLLOWED, NOBODY, Followers, follow
from src.services.job_statements import numbered

LEASE_SECONDS = 30.0

type Written = Literal["queued", "succeeded", "failed", "cancelled"] | None
"""The status of a job after its end was written; None if somebody else has the job by then."""


class LeaseLostError(Exception):
    """The job is somebody else's by now, or was cancelled: nothing may be written."""


class Lease(NamedTuple):
    """A job in the hands of a worker."""

    id: UUID
    owner_id: UUID | None
    kind: str
    payload: Json
    payload_version: int
    request_id: str | None
    attempt: int
    max_attempts: int
    timeout_seconds: float
    number: int
    events: int


@dataclass(frozen=True)
class Progress:
    done: float | None = None
    total: float | None = None
    message: str | None = None


class Sight(NamedTuple):
    job_id: UUID
    number: int
    cancel_requested_at: datetime | None


class JobLeases:
    def __init__(self, session: AsyncSession, followers: Followers = NOBODY) -> None:
        self._session, self._followers = session, followers

    async def take(self, job_id: UUID, worker: str) -> Lease | None:
        """Take the lease of a job, unless it is not due or somebody else's."""
        return await self._taken(statements.TAKE, job_id=job_id, by=worker)

    async def claim(self, queues: Sequence[str], worker: str) -> Lease | None:
        """Take the lease of the first job that is due in these queues."""
        query = statements.claim(len(queues))
        return await self._taken(query, by=worker, **numbered("queue", queues))

    async def has_due(self, queues: Sequence[str]) -> bool:
        query = statements.due(len(queues))
        return bool(await query.rows(self._session, **numbered("queue", queues)))

    async def _taken(self, query: Query, **values: object) -> Lease | None:
        rows = await query.rows(self._session, lease_seconds=LEASE_SECONDS, **values)
        if not rows:
            return None
        lease = Lease(*rows[0])
        data: Json = {"status": "running", "attempt": lease.attempt}
        await record(self._session, lease.id, lease.events, "status", data)
        return lease

    async def look(self, jobs: Sequence[UUID], worker: str) -> list[Sight]:
        """Return the jobs among these that the worker still holds."""
        query = statements.look(len(jobs))
        rows = await query.rows(self._session, by=worker, **numbered("job", jobs))
        return [Sight(*row) for row in rows]

    async def extend(self, jobs: Sequence[UUID], worker: str) -> list[Sight]:
        """Extend the leases of those that nobody else writes at the moment, and return these."""
        values = {"lease_seconds": LEASE_SECONDS, **numbered("job", jobs)}
        rows = await statements.extend(len(jobs)).rows(self._session, by=worker, **values)
        return [Sight(*row) for row in rows]

    async def progress(self, lease: Lease, progress: Progress) -> None:
        """Write the progress and extend the lease. Raises `LeaseLostError`."""
        data = asdict(progress)
        event = await self._row(statements.PROGRESS, lease, lease_seconds=LEASE_SECONDS, **data)
        if event is None:
            raise LeaseLostError
        await record(self._session, lease.id, event[0], "progress", data)

    async def succeed(self, lease: Lease, result: Json) -> None:
        """Write the result. Raises `LeaseLostError`, also if the job is to be cancelled."""
        if not await self._end(statements.SUCCEED, lease, "succeeded", outcome=storable(result)):
            raise LeaseLostError

    async def fail(self, lease: Lease, code: str, reason: str) -> Written:
        return await self._or_cancel(statements.FAIL, lease, "failed", code=code, reason=reason)

    async def cancel(self, lease: Lease) -> Written:
        if await self._end(statements.CANCEL, lease, "cancelled"):
            return "cancelled"
        row = await self._row(statements.END, lease)  # a commit that failed may have succeeded
        return row[0] if row else None

    async def retry(self, lease: Lease, code: str, reason: str, pause: float) -> Written:
        """Queue the job again, to be run after a pause."""
        values = {"code": code, "reason": reason, "pause_seconds": pause}
        return await self._or_cancel(statements.RETRY, lease, "queued", **values)

    async def release(self, lease: Lease) -> Written:
        """Queue the job again, as if it had not been taken."""
        return await self._or_cancel(statements.RELEASE, lease, "queued")

    async def _or_cancel(
        self, query: Query, lease: Lease, status: Literal["failed", "queued"], **values: object
    ) -> Written:
        is_written = await self._end(query, lease, status, **values)
        return status if is_written else await self.cancel(lease)

    async def _end(self, query: Query, lease: Lease, status: JobStatus, **values: object) -> bool:
        """Write an end, unless the lease is lost, or the job is to be cancelled."""
        row = await self._row(query, lease, **values)
        if row is None:
            return False
        await record(self._session, lease.id, row[0], "status", {"status": status})
        if status == "queued":
            await deliver_again(self._session, Delivery(*row[1:]))
        if status in FOLLOWED:
            await follow(self._followers, self._session, lease.kind, lease.id, status)
        return True

    async def _row(self, query: Query, lease: Lease, **values: object) -> list[Any] | None:
        """Return what a query of the lease finds or writes; None without any."""
        rows = await query.rows(self._session, job_id=lease.id, held=lease.number, **values)
        return rows[0] if rows else None
