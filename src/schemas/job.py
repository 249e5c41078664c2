from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import MISSING, BaseModel

from src.models.base import Entity
from src.models.job import JobEventKind, JobStatus
from src.models.types import NonBlank, Timestamp
from src.schemas.base import EntityResponse
from src.schemas.page import PageQuery, Several

type Json = dict[str, Any]

QUEUE_BYTES = 40
"""procrastinate puts 23 bytes before the name of a queue, to name a channel of PostgreSQL, of which
no name has more than 63.
"""


@dataclass(frozen=True)
class Kind[Payload: BaseModel]:
    """What jobs of a name have in common: what they are given, and how they are run."""

    name: str
    payload: type[Payload]
    version: int = 1
    """Of the payload. Jobs of the release before are still queued when the next one starts."""
    upgrades: Mapping[int, Callable[[Json], Json]] = field(default_factory=dict)
    """Make a payload of an older version one of the version after."""
    max_attempts: int = 3
    timeout: timedelta = timedelta(hours=1)
    references: Mapping[str, type[Entity]] = field(default_factory=dict)
    """The tables of rows whose ids the payload has: they are looked for when a job is enqueued."""
    packages: tuple[str, ...] = ()
    """Modules that only some workers have installed."""

    def __post_init__(self) -> None:
        if len(self.queue.encode()) > QUEUE_BYTES:
            msg = f"name and version of the kind {self.name} have more than {QUEUE_BYTES - 1} bytes"
            raise ValueError(msg)

    @property
    def queue(self) -> str:
        return self._queue_of(self.version)

    @property
    def queues(self) -> list[str]:
        """The queues whose payloads can be read."""
        return [self._queue_of(version) for version in sorted({*self.upgrades, self.version})]

    def _queue_of(self, version: int) -> str:
        return f"{self.name}.{version}"

    def read(self, payload: Json, version: int) -> Payload:
        """Validate a stored payload. Raises ``ValidationError``."""
        for each in range(version, self.version):
            payload = self.upgrades[each](payload)
        return self.payload.model_validate(payload)


class JobResponse(EntityResponse):
    collection = "jobs"

    kind: str
    payload: dict[str, Any]
    status: JobStatus
    priority: int
    run_after: datetime
    attempt: int
    max_attempts: int
    cancel_requested_at: Timestamp | None
    progress_done: float | None
    progress_total: float | None
    message: str | None
    result: dict[str, Any] | None
    error_code: str | None
    error: str | None
    request_id: str | None
    started_at: Timestamp | None
    finished_at: Timestamp | None


class JobEventResponse(BaseModel):
    seq: int
    kind: JobEventKind
    data: dict[str, Any]
    created_at: datetime


class JobQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    kind: NonBlank | MISSING = MISSING
    kind_in: Several[NonBlank] | MISSING = MISSING
    status: JobStatus | MISSING = MISSING
    status_in: Several[JobStatus] | MISSING = MISSING
