"""Keeps the leases of the jobs at hand, writes their progress, and ends those to be cancelled."""

import asyncio
import logging
import time
from collections.abc import Mapping
from uuid import UUID

from src.core.errors import cause_of
from src.jobs.attempt import Attempt
from src.jobs.runner import AWAY, Runner
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

    async def tick(self) -> None:
        attempts = dict(self._runner.attempts)
        if not attempts:
            return
        try:
            for attempt in attempts.values():
                await self._tell(attempt)
            await self._look(attempts)
        except AWAY as error:
            logger.warning("Leases cannot be extended: %s", cause_of(error))
        for attempt in attempts.values():
            if time.monotonic() - attempt.extended > LEASE_SECONDS:
                attempt.end("lost")

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

    async def _look(self, attempts: Mapping[UUID, Attempt]) -> None:
        begun, jobs, name = time.monotonic(), [*attempts], self._runner.name
        oldest = min(each.extended for each in attempts.values())
        if begun - oldest > EXTENSION_SECONDS:
            seen = await self._runner.leasing(lambda leases: leases.extend(jobs, name))
            for attempt in attempts.values():
                attempt.extended = begun  # of those that are lost, this does not matter
        else:
            async with self._runner.database.reading(current=True) as session:
                seen = await JobLeases(session).look(jobs, name)
        sights = {(each.job_id, each.number): each for each in seen}
        for job_id, attempt in attempts.items():
            _obey(attempt, sights.get((job_id, attempt.lease.number)))


def _obey(attempt: Attempt, sight: Sight | None) -> None:
    if sight is None:
        attempt.end("lost")
    elif sight.cancel_requested_at is not None:
        attempt.end("cancelled")
