"""Jobs whose workers were lost."""

from uuid import UUID

from sqlalchemy import and_, bindparam, case, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.services.job_clock import now
from src.services.job_delivery import Delivery, deliver_again
from src.services.job_events import record
from src.services.job_following import FOLLOWED, NOBODY, Followers, follow, kind_of
from src.services.job_statements import (
    DELIVERED,
    IS_RUNNING,
    JOB,
    NOT_CANCELLED,
    Values,
    changing,
    columns,
)

LOSSES = 3
"""The number of lost workers after which the job is taken for the cause."""
SOME = 100
"""The most jobs that are rescued in one transaction."""


def _rescue() -> Query:
    lost = select(JOB["id"]).where(IS_RUNNING, JOB["lease_until"] < now()).limit(SOME)
    # PostgreSQL may run a subquery more than once, each time with other rows up to its limit.
    once = lost.with_for_update(skip_locked=True).cte("lost")
    chosen = and_(JOB["id"].in_(select(once.c.id)), IS_RUNNING)
    is_cancelled = ~NOT_CANCELLED
    is_poison = and_(NOT_CANCELLED, JOB["losses"] + 1 >= bindparam("most_losses"))
    values: Values = {
        "status": case((is_cancelled, "cancelled"), (is_poison, "failed"), else_="queued"),
        "losses": JOB["losses"] + 1,
        "attempt": JOB["attempt"] - 1,
        "worker": None,
        "lease_until": None,
        "run_after": now(),
        "finished_at": case((is_cancelled | is_poison, now())),
        "error_code": case((is_poison, "worker_lost"), else_=JOB["error_code"]),
        "error": case((is_poison, bindparam("reason")), else_=JOB["error"]),
    }
    return Query(changing(chosen, values).returning(*columns("status", "events", *DELIVERED)))


_RESCUE = _rescue()


async def rescue(session: AsyncSession, followers: Followers = NOBODY) -> list[UUID]:
    """Queue jobs again whose leases ran out, and end those that have lost too many workers."""
    reason = f"{LOSSES} workers were lost while they ran this job."
    rows = await _RESCUE.rows(session, most_losses=LOSSES, reason=reason)
    for status, event, *delivered in rows:
        delivery = Delivery(*delivered)
        await record(session, delivery.job_id, event, "status", {"status": status})
        if status == "queued":
            await deliver_again(session, delivery)
        if status in FOLLOWED:
            await follow(followers, session, kind_of(delivery.queue), delivery.job_id, status)
    return [row[2] for row in rows]
