"""The statements of workers on jobs, each built once. They go by the database's clock."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy import bindparam as bound
from sqlmodel import col

from src.core.queries import Query
from src.models.job import Job
from src.services.job_clock import now, seconds

type Values = dict[str, object]

JOB: dict[str, Any] = {name: col(getattr(Job, name)) for name in Job.model_fields}
TAKEN = (
    *("id", "owner_id", "kind", "payload", "payload_version", "request_id", "attempt"),
    *("max_attempts", "timeout_seconds", "lease", "events"),
)
"""What the worker of a job has to know."""
DELIVERED = ("id", "queue", "priority", "rank", "run_after")
"""What the engine has to know."""
SEEN = ("id", "lease", "cancel_requested_at")
"""What a worker looks at while it runs a job."""

# Written out, as the conditions of the indexes are.
IS_QUEUED = JOB["status"] == literal_column("'queued'")
IS_RUNNING = JOB["status"] == literal_column("'running'")
_IS_DUE = JOB["run_after"] <= now()
_IS_HELD = (JOB["id"] == bound("job_id")) & (JOB["lease"] == bound("held")) & IS_RUNNING
NOT_CANCELLED = JOB["cancel_requested_at"].is_(None)
_LEASE = now(seconds("lease_seconds"))


def columns(*names: str) -> list[Any]:
    return [JOB[name] for name in names]


def numbered(name: str, values: Sequence[object]) -> Values:
    """Return the values of a statement for so many, by the names that it has for them."""
    return {f"{name}_{number}": value for number, value in enumerate(values)}


def changing(condition: ColumnElement[bool], values: Values) -> Update:
    """Return a change that has an event and that everybody sees, so that the version grows."""
    seen = {"version": JOB["version"] + 1, "updated_at": now(), "events": JOB["events"] + 1}
    return update(Job).where(condition).values(seen | values)


def _taking(one: ColumnElement[bool]) -> Query:
    values = {
        "status": "running",
        "worker": bound("by"),
        "lease": JOB["lease"] + 1,
        "lease_until": _LEASE,
        "attempt": JOB["attempt"] + 1,
        "started_at": func.coalesce(JOB["started_at"], now()),
    }
    return Query(changing(one, values).returning(*columns(*TAKEN)))


TAKE = _taking((JOB["id"] == bound("job_id")) & IS_QUEUED & _IS_DUE)
"""Take the lease of a job whose id was delivered, unless somebody else was faster."""


@lru_cache(64)
def due(queues: int) -> Query:
    """Find a job that is due in so many queues, named ``queue_0`` and so on."""
    return Query(_due(queues).limit(1))


@lru_cache(64)
def claim(queues: int) -> Query:
    """Take the lease of the first one."""
    first = _due(queues).order_by(JOB["priority"], JOB["rank"], JOB["id"]).limit(1)
    return _taking(and_(JOB["id"] == first.scalar_subquery(), IS_QUEUED))


def _due(queues: int) -> Select[Any]:
    known = JOB["queue"].in_([bound(f"queue_{number}") for number in range(queues)])
    return select(JOB["id"]).where(IS_QUEUED, _IS_DUE, known)


@lru_cache(64)
def look(jobs: int) -> Query:
    """Look at so many running jobs, ``job_0`` and so on."""
    return Query(select(*columns(*SEEN)).where(_running(jobs)))


@lru_cache(64)
def extend(jobs: int) -> Query:
    """Extend the leases of so many running jobs, but for those whose rows others write."""
    free = select(JOB["id"]).where(_running(jobs)).with_for_update(key_share=True, skip_locked=True)
    chosen = JOB["id"].in_(select(free.cte("free").c.id))
    bookkeeping = {"lease_until": _LEASE, "updated_at": JOB["updated_at"]}
    return Query(update(Job).where(chosen).values(bookkeeping).returning(*columns(*SEEN)))


def _running(jobs: int) -> ColumnElement[bool]:
    named = [bound(f"job_{number}", type_=JOB["id"].type) for number in range(jobs)]
    return and_(JOB["id"].in_(named), JOB["worker"] == bound("by"), IS_RUNNING)


def _held(values: Values, *, unless_cancelled: bool = False) -> Query:
    """Change a job whose lease is held."""
    condition = _IS_HELD & NOT_CANCELLED if unless_cancelled else _IS_HELD
    return Query(changing(condition, values).returning(JOB["events"], *columns(*DELIVERED)))


_PROGRESS: Values = {
    "progress_done": bound("done"),
    "progress_total": bound("total"),
    "message": bound("message"),
}
_ERROR: Values = {"error_code": bound("code"), "error": bound("reason")}
_ENDED: Values = {"lease_until": None, "finished_at": now()}
_QUEUED: Values = {"status": "queued", "worker": None, "lease_until": None}

HOLD = Query(select(JOB["id"]).where(_IS_HELD).with_for_update(key_share=True))
"""Let nobody else change a job whose lease is held."""
PROGRESS = _held({"lease_until": _LEASE} | _PROGRESS)
SUCCEED = _held(
    {"status": "succeeded", "result": bound("outcome"), "error_code": None, "error": None} | _ENDED,
    unless_cancelled=True,
)
FAIL = _held({"status": "failed"} | _ERROR | _ENDED, unless_cancelled=True)
CANCEL = _held({"status": "cancelled"} | _ENDED)
END = Query(
    select(JOB["status"]).where(
        JOB["id"] == bound("job_id"), JOB["lease"] == bound("held"), JOB["finished_at"].is_not(None)
    )
)
"""Return what a job has become under a lease."""
RETRY = _held(
    _QUEUED | _ERROR | {"run_after": now(seconds("pause_seconds"))}, unless_cancelled=True
)
RELEASE = _held(
    _QUEUED | {"run_after": now(), "attempt": JOB["attempt"] - 1}, unless_cancelled=True
)
