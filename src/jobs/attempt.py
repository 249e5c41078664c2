"""One attempt at a job: its task, and the ending that is written."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from random import SystemRandom
from typing import Any, Literal, Self

from pydantic import BaseModel

from src.core.errors import DomainError, UnavailableError
from src.jobs.errors import UNEXPECTED, JobError
from src.jobs.work import Work, as_json, words
from src.services.job_leases import JobLeases, LeaseLostError, Written

type Outcome = Literal["succeeded", "failed", "cancelled", "retried", "released", "lost"]
type Reason = Literal["cancelled", "lost", "stopping", "timed out"]

LONGEST_PAUSE = 300.0
STUBBORN_SECONDS = 10.0
"""Time in which code has to end that is ended early. It may close what it has opened."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ending:
    outcome: Outcome
    write: Callable[[JobLeases], Awaitable[Written]]
    cause: BaseException | None = None
    """What has to be logged."""

    def as_written(self, status: Written) -> Self:
        """Return it with the outcome that the job has: its owner or a worker may have been faster."""
        return self if status == "queued" else replace(self, outcome=status or "lost")


async def _leave(_: JobLeases) -> Written:
    """Leave the job to whoever has it."""
    return None


async def _done(_: JobLeases) -> Written:
    """Leave the end as the code has written it."""
    return "succeeded"


LOST = Ending("lost", _leave)


class Attempt:
    def __init__(self, work: Work[Any], run: Awaitable[BaseModel | None], extended: float) -> None:
        self.work, self.lease = work, work.lease
        self.extended = extended
        """When the lease was extended last, by the clock of this process."""
        self._reason: Reason | None = None
        self._task = asyncio.ensure_future(run)
        self._left = asyncio.get_running_loop().create_future()
        """Is over when the code is not waited for any longer."""

    def end(self, reason: Reason) -> None:
        """End it early, unless it is ending already."""
        if self._reason is None and not self._task.done():
            self._reason = reason
            self._task.cancel()
            asyncio.get_running_loop().call_later(STUBBORN_SECONDS, self._left.cancel)

    async def ending(self) -> Ending:
        """Wait for the end, and return what has to be written.

        Code that swallows its cancellation goes on alone. Without the lease it can write no end.
        """
        await self._is_over(self.lease.timeout_seconds)
        self.end("timed out")
        await self._is_over()
        if not self._task.done():
            fields = {"job_id": self.lease.id, "kind": self.lease.kind}
            logger.error("The code of a job does not end when told", extra={"fields": fields})
        elif self.work.is_done and not self._task.cancelled() and not self._task.exception():
            return Ending("succeeded", _done)  # and the transaction was committed
        match self._reason:
            case "lost":
                return LOST
            case "cancelled":
                return self._cancelled()
            case "stopping":
                return Ending("released", lambda leases: leases.release(self.lease))
            case "timed out":
                reason = f"The job took longer than {self.lease.timeout_seconds:g} s."
                return self.failed(JobError("timed_out", reason, again=True))
        return self._ended()

    async def _is_over(self, seconds: float | None = None) -> None:
        over = {self._task, self._left}
        await asyncio.wait(over, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)

    def _ended(self) -> Ending:
        try:
            result = as_json(self._task.result())
        except LeaseLostError:  # it is to be cancelled, if it is not lost
            return self._cancelled()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # the kind's own
            return self.failed(_told(error), error)
        return Ending("succeeded", lambda leases: self._succeed(leases, result))

    async def _succeed(self, leases: JobLeases, result: dict[str, Any]) -> Written:
        try:
            await leases.succeed(self.lease, result)
        except LeaseLostError:
            return await leases.cancel(self.lease)
        return "succeeded"

    def _cancelled(self) -> Ending:
        return Ending("cancelled", lambda leases: leases.cancel(self.lease))

    def failed(self, told: JobError, cause: BaseException | None = None) -> Ending:
        """Return another attempt after a while, if any is left and may help."""
        lease, code, reason = self.lease, words(told.code, 60), words(told.reason, 2000)
        logged = cause if told is UNEXPECTED else None
        if told.again and lease.attempt < lease.max_attempts:
            pause = pause_after(lease.attempt)
            again = lambda leases: leases.retry(lease, code, reason, pause)
            return Ending("retried", again, logged)
        return Ending("failed", lambda leases: leases.fail(lease, code, reason), logged)


def pause_after(attempt: int) -> float:
    """Return 1 to 2 s after the first attempt, and twice as much after each further one."""
    spread = SystemRandom().uniform(0.5, 1)  # parts jobs that failed together
    return spread * min(2.0**attempt, LONGEST_PAUSE)


def _told(error: BaseException) -> JobError:
    """Return the error in words that its owner may read."""
    if isinstance(error, JobError):
        return error
    if isinstance(error, DomainError):
        is_passing = isinstance(error, UnavailableError)
        return JobError(error.status.name.lower(), str(error), again=is_passing)
    return UNEXPECTED
