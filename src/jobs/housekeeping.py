"""What each worker does now and then for all of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from src.core.errors import cause_of
from src.core.settings import Settings
from src.jobs.answering import AWAY, answering
from src.jobs.runner import Runner
from src.jobs.schedules import Schedules
from src.services import job_rescue

EVERY_SECONDS = 5.0

logger = logging.getLogger(__name__)

type Chore = Callable[[], Awaitable[object]]


def chores_of(runner: Runner, settings: Settings) -> list[Chore]:
    async def rescue() -> None:
        async with runner.database.writing() as session:
            rescued = await job_rescue.rescue(session, runner.followers)
        for each in rescued:
            logger.warning("The worker of a job was lost", extra={"fields": {"job_id": each}})

    chores: list[Chore] = [rescue, Schedules(runner.database, runner.handlers.values()).enqueue_due]
    if settings.database_url.get_backend_name() == "postgresql":
        from src.jobs.procrastinate import deliver_forgotten

        chores.append(lambda: deliver_forgotten(runner.database))
    return chores


async def keep_house(chores: Sequence[Chore]) -> None:
    """Do the chores again and again, until this is cancelled."""
    while True:
        for chore in chores:
            try:
                async with answering():
                    await chore()
            except AWAY as error:
                logger.warning("The worker cannot keep house: %s", cause_of(error))
        await asyncio.sleep(EVERY_SECONDS)
