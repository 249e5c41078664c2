"""Carries jobs on SQLite, where the table is the queue: whatever is due is claimed."""

import asyncio
import logging

from src.core.errors import cause_of
from src.jobs.answering import AWAY
from src.jobs.lanes import Lane
from src.jobs.runner import Runner
from src.services.job_leases import JobLeases

POLL_SECONDS = 0.5

logger = logging.getLogger(__name__)


async def carry(runner: Runner, lane: Lane, stopping: asyncio.Event) -> None:
    """Run the lane's jobs until the event is set."""
    stop = asyncio.create_task(stopping.wait())
    running: set[asyncio.Task[None]] = set()
    while not stopping.is_set():
        running = {each for each in running if not each.done()}
        task = await _claimed(runner, lane) if len(running) < lane.places else None
        if task is not None:
            running.add(task)
            continue
        await asyncio.wait(
            {stop, *running}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )


async def _claimed(runner: Runner, lane: Lane) -> asyncio.Task[None] | None:
    try:
        async with runner.database.reading(current=True) as session:
            if not await JobLeases(session).has_due(lane.queues):
                return None  # without the lock that a claim takes
        return await runner.claim(lane.queues)
    except AWAY as error:
        logger.warning("The worker cannot look for jobs: %s", cause_of(error))
        return None
