"""Runs the jobs whose leases this process takes."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from secrets import token_hex
from uuid import UUID

from src.core.database import Database
from src.core.errors import cause_of
from src.core.logs import request_id
from src.core.observer import Observer
from src.core.settings import Settings
from src.jobs.answering import AWAY, answering
from src.jobs.attempt import LOST, Attempt, Ending
from src.jobs.handlers import AnyHandler, followers_of
from src.jobs.work import Work
from src.services.job_leases import LEASE_SECONDS, JobLeases, Lease, LeaseLostError, Written

RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)


class DrainingError(Exception):
    """The worker takes no more jobs."""


class Runner:
    def __init__(
        self,
        database: Database,
        settings: Settings,
        handlers: Mapping[str, AnyHandler],
        observers: Sequence[Observer] = (),
    ) -> None:
        self.name = f"{socket.gethostname()[:50]}-{os.getpid()}-{token_hex(4)}"
        self.attempts: set[Attempt] = set()
        """Two may be of one job, if its lease was lost before this worker takes it again."""
        self.database = database
        self._settings = settings
        self._observers = observers
        self.handlers, self.followers = handlers, followers_of(handlers.values())
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_draining = self._is_over = False

    async def deliver(self, job_id: UUID, places: asyncio.Semaphore) -> None:
        """Run a job to its end, unless it is somebody else's. Raises `DrainingError`.

        The job goes on, in its place, if the caller is cancelled: an engine that stops must not
        stop it, and the next engine must not run too many.
        """
        await places.acquire()
        if self._is_draining:
            places.release()
            raise DrainingError
        running = self._kept(self._take_and_run(job_id))
        running.add_done_callback(lambda _: places.release())
        await asyncio.shield(running)

    async def claim(self, queues: Sequence[str]) -> asyncio.Task[None] | None:
        """Begin with the first job that is due in these queues; return None if there is none."""
        begun = time.monotonic()
        lease = await self.leasing(lambda leases: leases.claim(queues, self.name))
        return None if lease is None else self._kept(self._run(lease, begun))

    async def leasing[Value](self, act: Callable[[JobLeases], Awaitable[Value]]) -> Value:
        """Act in a transaction of its own."""
        async with answering(), self.database.writing() as session:
            return await act(JobLeases(session, self.followers))

    async def drain(self, grace: float) -> None:
        """Wait for the jobs at hand; queue those again that take longer."""
        self._is_draining = True
        if self._tasks:
            await asyncio.wait({*self._tasks}, timeout=grace)
        self._is_over = True
        for attempt in [*self.attempts]:
            attempt.end("stopping")
        if self._tasks:
            await asyncio.wait({*self._tasks})

    def _kept(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _take_and_run(self, job_id: UUID) -> None:
        begun = time.monotonic()
        lease = await self.leasing(lambda leases: leases.take(job_id, self.name))
        if lease is not None:
            await self._run(lease, begun)

    async def _run(self, lease: Lease, begun: float) -> None:
        request_id.set(lease.request_id or "-")
        fields: dict[str, object] = {
            "job_id": lease.id,
            "kind": lease.kind,
            "attempt": lease.attempt,
        }
        logger.info("A job begins", extra={"fields": fields})
        handler = self.handlers[lease.kind]
        work = Work(handler.kind, lease, self.database, self._settings)
        attempt = Attempt(work, handler.run(work), begun)
        self.attempts.add(attempt)
        if self._is_over:  # since it was taken
            attempt.end("stopping")
        try:
            ending = await self._written(attempt, await attempt.ending())
        finally:
            self.attempts.remove(attempt)
        self._tell(ending, time.monotonic() - begun, fields)

    def _tell(self, ending: Ending, seconds: float, fields: dict[str, object]) -> None:
        told = fields | {"outcome": ending.outcome, "seconds": round(seconds, 3)}
        level = logging.ERROR if ending.cause else logging.INFO
        logger.log(level, "A job ends", exc_info=ending.cause, extra={"fields": told})
        for observer in self._observers:
            labels = {"kind": str(fields["kind"]), "outcome": ending.outcome}
            observer.timed("job_duration_seconds", seconds, **labels)

    async def _written(self, attempt: Attempt, ending: Ending) -> Ending:
        """Write the ending, as often as it takes while the lease may last."""
        while True:
            try:
                status = await self.leasing(lambda leases: self._write(leases, attempt, ending))
            except LeaseLostError:
                return LOST
            except AWAY as error:
                if time.monotonic() - attempt.extended > LEASE_SECONDS:
                    return LOST
                logger.warning("The end of a job cannot be written yet: %s", cause_of(error))
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return ending.as_written(status)

    async def _write(self, leases: JobLeases, attempt: Attempt, ending: Ending) -> Written:
        progress = attempt.work.latest
        if progress is not None and ending is not LOST and not attempt.work.is_done:
            await leases.progress(attempt.lease, progress)
        return await ending.write(leases)
