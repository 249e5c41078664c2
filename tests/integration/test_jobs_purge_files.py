"""The purge of files as a job."""

from pathlib import Path

from httpx import AsyncClient
from sqlmodel import select

from src.core.database import Database
from src.jobs.handlers import found
from src.jobs.kinds.purge_files import handler
from src.jobs.schedules import Nothing
from src.models.job import Job
from tests.files import age, create, found_in, path_of, store
from tests.jobs import Jobs


async def test_purge_files_deletes_what_nobody_has(
    client: AsyncClient, jobs: Jobs, database: Database, place: Path
) -> None:
    stored = await store(client)
    await create(client, name="forgotten.csv")
    await client.delete(path_of(stored))
    await age(database)

    job = await jobs.add(kind=handler.kind, payload=Nothing(), owner_id=None)
    await jobs.run()

    async with database.reading() as session:
        row = (await session.exec(select(Job))).one()
    assert (row.id, row.kind, row.status) == (job.id, "purge-files", "succeeded")
    assert row.result == {"parts": 0, "files": 1, "contents": 1}
    assert found_in(place) == []


def test_purge_files_has_a_schedule() -> None:
    assert found()["purge-files"].schedule
