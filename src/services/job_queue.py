"""Enqueues jobs, in the transaction of what causes them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Boolean, bindparam, func, literal_column, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, InvalidError
from src.core.logs import request_id
from src.core.queries import Query, Row
from src.core.upsert import upsert
from src.models.job import Job
from src.models.storable import storable
from src.schemas.job import JobResponse, Json, Kind
from src.services.job_clock import now
from src.services.job_delivery import Delivery, deliver
from src.services.job_events import record
from src.services.job_references import check_references
from src.services.references import referring

OPEN = 10_000
"""The most jobs of an owner that are queued or running."""

_JOB: dict[str, Any] = {name: col(getattr(Job, name)) for name in Job.model_fields}
_SHOWN = [_JOB[name] for name in JobResponse.model_fields]
# Written out, as the conditions of the indexes are.
_IS_OPEN = literal_column("status IN ('queued', 'running')", Boolean)
_HAS_KEY = _JOB["dedupe_key"] == bindparam("key")
_OWNED = _JOB["owner_id"] == bindparam("owner")

_COUNT = Query(select(func.count()).where(_OWNED, _IS_OPEN))
_SAME = Query(select(*_SHOWN).where(_OWNED, _HAS_KEY))
_SAME_OF_NOBODY = Query(select(*_SHOWN).where(_JOB["owner_id"].is_(None), _HAS_KEY))
_INSERT = Query(
    upsert(Job)
    .values(
        {name: bindparam(name) for name in _JOB}
        | {"run_after": func.coalesce(bindparam("run_after", type_=_JOB["run_after"].type), now())}
    )
    .on_conflict_do_nothing()
    .returning(*_SHOWN)
)


async def enqueue[Given: BaseModel](
    session: AsyncSession,
    kind: Kind[Given],
    payload: Given,
    owner_id: UUID | None,
    *,
    priority: int = 0,
    dedupe_key: str | None = None,
    run_after: datetime | None = None,
) -> JobResponse:
    """Insert a job, or return the one with the same owner and key.

    Raises `ConflictError` if the owner has too many open jobs, and `MissingReferenceError` if the
    payload refers to a row that does not exist or is another user's.
    """
    await check_references(session, kind.references, payload, owner_id)
    job = Job(
        owner_id=owner_id,
        kind=kind.name,
        payload=_stored(payload),
        payload_version=kind.version,
        queue=kind.queue,
        priority=priority,
        rank=await rank_of(session, owner_id),
        request_id=None if request_id.get() == "-" else request_id.get(),
        dedupe_key=dedupe_key,
        max_attempts=kind.max_attempts,
        timeout_seconds=kind.timeout.total_seconds(),
        events=1,
    )
    values = job.model_dump() | {"run_after": run_after, "updated_at": job.created_at}
    while True:
        async with referring(session, Job, values):
            rows = await _INSERT.rows(session, **values)
        if rows:
            await record(session, job.id, 1, "status", {"status": "queued"})
            await deliver(session, Delivery(job.id, job.queue, priority, job.rank, run_after))
            return _shown(rows[0])
        if same := await enqueued(session, owner_id, dedupe_key):
            return same  # else it was purged since


async def enqueued(
    session: AsyncSession, owner_id: UUID | None, dedupe_key: str | None
) -> JobResponse | None:
    """Return the job of an owner with this key."""
    if owner_id is None:
        rows = await _SAME_OF_NOBODY.rows(session, key=dedupe_key)
    else:
        rows = await _SAME.rows(session, owner=owner_id, key=dedupe_key)
    return _shown(rows[0]) if rows else None


def _shown(row: Row) -> JobResponse:
    return JobResponse.model_construct(**dict(zip(JobResponse.model_fields, row, strict=True)))


async def rank_of(session: AsyncSession, owner_id: UUID | None) -> int:
    """Return the number of the owner's open jobs. Raises `ConflictError` if there are too many."""
    if owner_id is None:
        return 0
    rank = int((await _COUNT.rows(session, owner=owner_id))[0][0])
    if rank >= OPEN:
        msg = f"There are {OPEN} open jobs: wait until some have ended, or cancel some."
        raise ConflictError(msg)
    return rank


def _stored(payload: BaseModel) -> Json:
    try:
        return storable(payload.model_dump(mode="json"))
    except ValueError as error:
        msg = f"What the job is given {error}."
        raise InvalidError(msg) from None
