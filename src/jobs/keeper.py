"""Keeps the leases of the jobs at hand, writes their progress, and ends those to be cancelled."""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence

from src.core.errors import cause_of
from src.jobs.answering import AWAY, answering
from src.jobs.attempt import Attempt
from src.jobs.runner import Runner
from src.services.job_leases import LEASE_SECONDS, JobLeases, LeaseLostError, Sight

TICK_SECONDS = 0.5
EXTENSION_SECONDS = LEASE_SECONDS / 3

logger = logging.getLogger(__name__)


class Keeper:
    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def keep(self) -> None:
        """Go on until this is cancelled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self.tick()

    async def watch(self) -> None:
        """End what another worker may have by now, also while the database does not answer."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.end_overdue()

    def end_overdue(self) -> None:
        for attempt in self._runner.attempts:
            if time.monotonic() - attempt.extended > LEASE_SECONDS:
                attempt.end("lost")

    async def tick(self) -> None:
        """Look first: a job that writes for long must not keep others from being cancelled."""
        attempts = [each for each in self._runner.attempts if not each.work.is_done]
        if not attempts:
            return
        try:
            await self._look(attempts)
            await self._extend(attempts)
            for attempt in attempts:
                await self._tell(attempt)
        except AWAY as error:
            logger.warning("Leases cannot be extended: %s", cause_of(error))

    async def _look(self, attempts: Sequence[Attempt]) -> None:
        jobs = [each.lease.id for each in attempts]
        async with answering(), self._runner.database.reading(current=True) as session:
            seen = _by_lease(await JobLeases(session).look(jobs, self._runner.name))
        for attempt in attempts:
            _obey(attempt, seen.get((attempt.lease.id, attempt.lease.number)))

    async def _extend(self, attempts: Sequence[Attempt]) -> None:
        """Extend the leases together, once one of them has to be."""
        begun = time.monotonic()
        due = [each for each in attempts if begun - each.extended > EXTENSION_SECONDS]
        if not due:
            return
        jobs, name = [each.lease.id for each in attempts], self._runner.name
        extended = _by_lease(await self._runner.leasing(lambda leases: leases.extend(jobs, name)))
        for attempt in attempts:
            if (attempt.lease.id, attempt.lease.number) in extended:
                attempt.extended = begun

    async def _tell(self, attempt: Attempt) -> None:
        begun, progress = time.monotonic(), attempt.work.latest
        if progress is None:
            return
        try:
            await self._runner.leasing(lambda leases: leases.progress(attempt.lease, progress))
        except LeaseLostError:
            attempt.end("lost")
        else:
            attempt.extended = begun
            attempt.work.told(progress)


def _by_lease(seen: Iterable[Sight]) -> dict[tuple[object, int], Sight]:
    return {(each.job_id, each.number): each for each in seen}


def _obey(attempt: Attempt, sight: Sight | None) -> None:
    if sight is None:
        attempt.end("lost")
    elif sight.cancel_requested_at is not None:
        attempt.end("cancelled")
