"""Carries jobs on PostgreSQL: procrastinate's workers bring their ids, from several machines."""

import asyncio
import logging
from uuid import UUID

from procrastinate.app import App
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.retry import RetryStrategy
from sqlalchemy import text

from src.core.database import Database
from src.core.engines import postgresql_arguments
from src.core.errors import cause_of
from src.core.settings import Settings
from src.jobs.lanes import Lane
from src.jobs.runner import Runner
from src.services.job_delivery import TASK, Delivery, deliver_again

POLL_SECONDS = 1.0
"""In which a job is found whose notification was lost."""
RESTART_SECONDS = 1.0
POOL_SECONDS, STOP_SECONDS = 5.0, 15.0
TIDY = "tidy"
_FORGOTTEN = text("""
    SELECT id, queue, priority, rank, run_after FROM jobs
    WHERE status = 'queued' AND run_after < now() - interval '30 seconds' AND NOT EXISTS (
        SELECT FROM procrastinate_jobs WHERE queueing_lock = jobs.id::text AND status = 'todo'
    )
    LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED
""")
_LEFTOVERS = text("DELETE FROM procrastinate_jobs WHERE status <> 'todo' AND worker_id IS NULL")

logger = logging.getLogger(__name__)


async def carry(runner: Runner, settings: Settings, lane: Lane, stopping: asyncio.Event) -> None:
    """Run the lane's jobs until the event is set.

    The engine ends when its connections break; then it starts again, while its jobs go on in their
    places.
    """
    stop, places = asyncio.create_task(stopping.wait()), asyncio.Semaphore(lane.places)
    while not stopping.is_set():
        engine = asyncio.create_task(_run(_app(runner, settings, places), lane))
        await asyncio.wait({engine, stop}, return_when=asyncio.FIRST_COMPLETED)
        engine.cancel()
        await asyncio.wait({engine}, timeout=STOP_SECONDS)
        if not stopping.is_set():
            error = engine.exception() if engine.done() and not engine.cancelled() else None
            logger.warning("The engine starts again: %s", error and cause_of(error))
            await asyncio.wait({stop}, timeout=RESTART_SECONDS)


async def _run(app: App, lane: Lane) -> None:
    async with app.open_async():
        await app.run_worker_async(
            queues=[*lane.queues, TIDY],
            concurrency=lane.places,
            install_signal_handlers=False,
            fetch_job_polling_interval=POLL_SECONDS,
            delete_jobs="always",
            shutdown_graceful_timeout=0,  # the runner lets its jobs end
        )


def _app(runner: Runner, settings: Settings, places: asyncio.Semaphore) -> App:
    arguments = postgresql_arguments(
        settings, settings.database_listen_url or settings.database_url
    )
    if not settings.database_prepared_statements:
        arguments["prepare_threshold"] = None
    connector = PsycopgConnector(kwargs=arguments, min_size=1, max_size=2, timeout=POOL_SECONDS)
    app = App(connector=connector)

    # What fails here is the way to the job: the message is delivered again.
    @app.task(name=TASK, retry=RetryStrategy(wait=1))
    async def run(job_id: str) -> None:
        await runner.deliver(UUID(job_id), places)

    # As long as there is a periodic task, the engine ends when its heart or its ears fail; without
    # any, it would go on without them.
    @app.periodic(cron="*/10 * * * *")
    @app.task(name=TIDY, queue=TIDY)
    async def tidy(timestamp: int) -> None:
        await remove_leftovers(runner.database)

    return app


async def remove_leftovers(database: Database) -> None:
    """Delete messages of engines that died, which the others notice after 30 s."""
    async with database.writing() as session:
        await (await session.connection()).execute(_LEFTOVERS)


async def deliver_forgotten(database: Database) -> int:
    """Write the messages anew of jobs that are due and have none.

    A message is gone, or marked as taken, if its worker ended before it had the lease.
    """
    async with database.writing() as session:
        forgotten = (await (await session.connection()).execute(_FORGOTTEN)).all()
        for each in forgotten:
            await deliver_again(session, Delivery(*each))
    return len(forgotten)
