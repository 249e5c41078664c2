"""Hands the ids of queued jobs to the engine that carries them to the workers.

On SQLite the table itself is the queue. On PostgreSQL procrastinate carries messages; a message is
written and withdrawn in the transaction that changes its job, whose row is locked by then.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.driver import driver_of
from src.core.errors import cause_of
from src.core.failures import as_sqlalchemy
from src.core.sessions import LazyAsyncSession

if TYPE_CHECKING:
    from procrastinate.app import App

TASK = "run"
RANKS = 100_000_000
"""procrastinate orders by one number of 32 bits, the greatest first: it holds priority and rank."""

# The worker logs how jobs end and that the engine starts again, in lines of its own.
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)

_WITHDRAW = "DELETE FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo'"


@dataclass(frozen=True)
class Delivery:
    job_id: UUID
    queue: str
    priority: int
    rank: int
    run_after: datetime | None = None


async def deliver(session: AsyncSession, delivery: Delivery) -> None:
    """Let a worker hear of a job that is new."""
    connection = _connection_of(session)
    if connection.dialect.name != "postgresql":
        return
    from procrastinate.exceptions import ConnectorException

    message = _app().configure_task(
        TASK,
        queue=delivery.queue,
        priority=-(delivery.priority * RANKS + min(delivery.rank, RANKS - 1)),
        queueing_lock=str(delivery.job_id),
        schedule_at=delivery.run_after,
        connection=driver_of(connection),
    )
    with as_sqlalchemy(connection):
        try:
            await message.defer_async(job_id=str(delivery.job_id))
        except ConnectorException as error:
            raise cause_of(error) from None


async def deliver_again(session: AsyncSession, delivery: Delivery) -> None:
    await withdraw(session, delivery.job_id)
    await deliver(session, delivery)


async def withdraw(session: AsyncSession, job_id: UUID) -> None:
    """Take back the message of a job, unless a worker has it already."""
    connection = _connection_of(session)
    if connection.dialect.name == "postgresql":
        with as_sqlalchemy(connection):
            await driver_of(connection).execute(_WITHDRAW, [str(job_id)])


def _connection_of(session: AsyncSession) -> AsyncConnection:
    assert isinstance(session, LazyAsyncSession)  # noqa: S101  # `Database` makes no other
    return session.lent


@lru_cache(1)
def _app() -> "App":
    """Return an app that only writes messages, on the connections of sessions."""
    from procrastinate.app import App
    from procrastinate.psycopg_connector import PsycopgConnector

    return App(connector=PsycopgConnector())
