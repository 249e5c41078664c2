"""What workers do with jobs. Each change names its lease: without it, a worker changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
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

LEASE_SECONDS = 30.0

_due, _claim, _look, _extend = (
    lru_cache(64)(each)
    for each in (statements.due, statements.claim, statements.look, statements.extend)
)


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
        return await self._taken(_claim(len(queues)), by=worker, **_bound("queue", queues))

    async def has_due(self, queues: Sequence[str]) -> bool:
        return bool(await _due(len(queues)).rows(self._session, **_bound("queue", queues)))

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
        rows = await _look(len(jobs)).rows(self._session, by=worker, **_bound("job", jobs))
        return [Sight(*row) for row in rows]

    async def extend(self, jobs: Sequence[UUID], worker: str) -> list[Sight]:
        """Extend the leases, too."""
        values = {"lease_seconds": LEASE_SECONDS, **_bound("job", jobs)}
        rows = await _extend(len(jobs)).rows(self._session, by=worker, **values)
        return [Sight(*row) for row in rows]

    async def progress(self, lease: Lease, progress: Progress) -> None:
        """Write the progress and extend the lease. Raises `LeaseLostError`."""
        values = {f"progress_{name}": getattr(progress, name) for name in ("done", "total")}
        values |= {"message": progress.message, "lease_seconds": LEASE_SECONDS}
        event = await self._changed(statements.PROGRESS, lease, **values)
        if event is None:
            raise LeaseLostError
        data: Json = {"done": progress.done, "total": progress.total, "message": progress.message}
        await record(self._session, lease.id, event[0], "progress", data)

    async def succeed(self, lease: Lease, result: Json) -> None:
        """Write the result. Raises `LeaseLostError`, also if the job is to be cancelled."""
        if not await self._end(statements.SUCCEED, lease, "succeeded", outcome=storable(result)):
            raise LeaseLostError

    async def fail(self, lease: Lease, code: str, reason: str) -> None:
        await self._end(statements.FAIL, lease, "failed", code=code, reason=reason)

    async def cancel(self, lease: Lease) -> None:
        await self._end(statements.CANCEL, lease, "cancelled")

    async def retry(self, lease: Lease, code: str, reason: str, pause: float) -> None:
        """Queue the job again, to be run after a pause."""
        why = {"code": code, "reason": reason}
        await self._again(statements.RETRY, lease, pause_seconds=pause, **why)

    async def release(self, lease: Lease) -> None:
        """Queue the job again, as if it had not been taken."""
        await self._again(statements.RELEASE, lease)

    async def _again(self, query: Query, lease: Lease, **values: object) -> None:
        if row := await self._end(query, lease, "queued", **values):
            await deliver_again(self._session, Delivery(*row[1:]))
        else:  # it is to be cancelled, if it is still ours
            await self.cancel(lease)

    async def _end(
        self, query: Query, lease: Lease, status: JobStatus, **values: object
    ) -> list[Any] | None:
        row = await self._changed(query, lease, **values)
        if row is not None:
            await record(self._session, lease.id, row[0], "status", {"status": status})
            if status in FOLLOWED:
                await follow(self._followers, self._session, lease.kind, lease.id, status)
        return row

    async def _changed(self, query: Query, lease: Lease, **values: object) -> list[Any] | None:
        """Return the number of the event and what the engine has to know; None without lease."""
        rows = await query.rows(self._session, job_id=lease.id, held=lease.number, **values)
        return rows[0] if rows else None


def _bound(name: str, values: Sequence[object]) -> dict[str, object]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}
