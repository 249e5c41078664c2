"""The purge of dead letters as a job."""

from httpx import AsyncClient
from sqlmodel import select, update

from src.core.database import Database
from src.jobs.handlers import found
from src.jobs.kinds.purge_dead_letters import handler
from src.jobs.schedules import Nothing
from src.models.base import utc_now
from src.models.dead_letter import DeadLetter
from src.models.job import Job
from src.services.dead_letter import KEPT
from tests.ingestion import dead_letters
from tests.integration.test_dead_letters import TestDeadLetters as DeadLetters
from tests.jobs import Jobs


async def test_purge_deletes_old_dead_letters(
    client: AsyncClient, jobs: Jobs, database: Database
) -> None:
    await DeadLetters.create(client, source="a")
    async with database.writing() as session:
        await session.exec(update(DeadLetter).values(created_at=utc_now() - 2 * KEPT))
    young = await DeadLetters.create(client, source="b")

    await jobs.add(kind=handler.kind, payload=Nothing(), owner_id=None)
    await jobs.run()

    async with database.reading() as session:
        job = (await session.exec(select(Job))).one()
    assert (job.status, job.result) == ("succeeded", {"rows": 1})
    assert await dead_letters(client) == [young]


def test_purge_dead_letters_has_a_schedule() -> None:
    assert found()["purge-dead-letters"].schedule
