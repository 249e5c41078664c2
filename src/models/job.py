from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from src.models.base import Entity, utc_now
from src.models.json_objects import JsonColumn
from src.models.types import Timestamp, one_of

JobStatus = Literal["queued", "running", "succeeded", "failed", "cancelled"]
JobEventKind = Literal["status", "progress"]
CHANNEL = "jobs"
"""The channel of changes; the payload is the job's id."""
PRIORITY = 10
"""The greatest priority, which comes last; its negative comes first."""

FINISHED = frozenset[JobStatus]({"succeeded", "failed", "cancelled"})

_IS_QUEUED = text("status = 'queued'")
_IS_RUNNING = text("status = 'running'")
_IS_OPEN = text("status IN ('queued', 'running')")
_HAS_NO_OWNER = text("owner_id IS NULL")


class Job(Entity, table=True):
    """Work that outlives its request. Only the holder of its lease writes its progress and outcome."""

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("status", JobStatus),
        CheckConstraint(f"priority BETWEEN -{PRIORITY} AND {PRIORITY}", name="priority"),
        UniqueConstraint("owner_id", "id"),
        UniqueConstraint("owner_id", "dedupe_key"),
        # Nulls are distinct to the constraint above.
        Index(
            "uq_jobs_dedupe_key",
            "dedupe_key",
            unique=True,
            postgresql_where=_HAS_NO_OWNER,
            sqlite_where=_HAS_NO_OWNER,
        ),
        # The order in which they are run.
        Index(None, "priority", "rank", "id", postgresql_where=_IS_QUEUED, sqlite_where=_IS_QUEUED),
        Index(None, "owner_id", postgresql_where=_IS_OPEN, sqlite_where=_IS_OPEN),
        Index(None, "lease_until", postgresql_where=_IS_RUNNING, sqlite_where=_IS_RUNNING),
        Index(None, "finished_at"),
    )

    owner_id: UUID | None = Field(
        default=None,
        foreign_key="users.id",
        ondelete="CASCADE",
        sa_column_kwargs={"info": {"scope": True}},
    )
    """Null for the service's own jobs, such as those of a schedule, which no user sees."""
    kind: str = Field(max_length=60)
    payload: dict[str, Any] = Field(sa_type=JsonColumn)
    payload_version: int = 1
    queue: str = Field(max_length=70)
    """One for each kind and version of its payload: a worker takes only what it can read."""
    status: JobStatus = Field(default="queued", sa_type=String)
    priority: int = 0
    """The lowest comes first."""
    rank: int = 0
    """The number of the owner's open jobs when this one was enqueued. The lowest comes first, so
    that somebody's first job does not wait for another's thousandth.
    """
    run_after: datetime = Field(default_factory=utc_now)
    request_id: str | None = Field(default=None, max_length=64)
    dedupe_key: str | None = Field(default=None, max_length=200)

    attempt: int = 0
    max_attempts: int = 3
    losses: int = 0
    """How many workers were lost under it, which does not count as an attempt."""
    timeout_seconds: float
    worker: str | None = Field(default=None, max_length=80)
    """Who runs the job, or has ended it."""
    lease: int = 0
    """Grows whenever a worker takes the job. A write that names an older one changes nothing."""
    lease_until: Timestamp | None = None
    """Until then nobody else takes the job."""
    cancel_requested_at: Timestamp | None = None

    progress_done: float | None = None
    progress_total: float | None = None
    message: str | None = Field(default=None, max_length=500)
    result: dict[str, Any] | None = Field(default=None, sa_type=JsonColumn)
    error_code: str | None = Field(default=None, max_length=60)
    error: str | None = Field(default=None, max_length=2000)
    events: int = 0
    """The number of the latest event."""
    started_at: Timestamp | None = None
    finished_at: Timestamp | None = None


class JobEvent(SQLModel, table=True):
    """What happened to a job. The events of a job are numbered from 1, without a gap."""

    __tablename__ = "job_events"
    # SQLite then stores the events by primary key, which is the order in which they are read.
    __table_args__ = (one_of("kind", JobEventKind), {"sqlite_with_rowid": False})

    job_id: UUID = Field(foreign_key="jobs.id", ondelete="CASCADE", primary_key=True)
    seq: int = Field(primary_key=True)
    kind: JobEventKind = Field(sa_type=String)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JsonColumn)
    created_at: datetime = Field(default_factory=utc_now)
