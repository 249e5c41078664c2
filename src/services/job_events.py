"""Events of jobs, written in the transaction of the change that they tell."""

from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.announcing import announce
from src.core.queries import Query
from src.models.base import utc_now
from src.models.job import CHANNEL, JobEvent, JobEventKind
from src.schemas.job import JobEventResponse, Json

EVENTS = 1_000
"""The most events that are kept of a job. The progress that older ones told is outdated."""

_EVENT = {name: col(getattr(JobEvent, name)) for name in JobEvent.model_fields}
_INSERT = Query(
    insert(JobEvent).values({name: bindparam(name) for name in _EVENT}).returning(_EVENT["seq"])
)
_FORGET = Query(
    delete(JobEvent)
    .where(_EVENT["job_id"] == bindparam("of_job"), _EVENT["seq"] <= bindparam("last"))
    .returning(_EVENT["seq"])
)
_AFTER = Query(
    select(*(_EVENT[name] for name in JobEventResponse.model_fields))
    .where(_EVENT["job_id"] == bindparam("of_job"), _EVENT["seq"] > bindparam("after"))
    .order_by(_EVENT["seq"])
    .limit(bindparam("most"))
)


async def record(
    session: AsyncSession, job_id: UUID, seq: int, kind: JobEventKind, data: Json
) -> None:
    """Write an event, whose number the job's row has counted, and announce it."""
    event = {"job_id": job_id, "seq": seq, "kind": kind, "data": data, "created_at": utc_now()}
    await _INSERT.rows(session, **event)
    if seq > EVENTS:
        await _FORGET.rows(session, of_job=job_id, last=seq - EVENTS)
    announce(session, CHANNEL, str(job_id))


async def events_after(
    session: AsyncSession, job_id: UUID, after: int, most: int = EVENTS
) -> list[JobEventResponse]:
    """Return the events with greater numbers, in their order."""
    rows = await _AFTER.rows(session, of_job=job_id, after=after, most=most)
    names = JobEventResponse.model_fields
    return [JobEventResponse(**dict(zip(names, row, strict=True))) for row in rows]
