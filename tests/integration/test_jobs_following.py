"""What follows from the end of a job is written with it, whoever ends it."""

from functools import partial
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError
from src.jobs.errors import JobError
from src.jobs.handlers import Handler
from src.jobs.keeper import Keeper
from src.jobs.work import Work
from src.models.job import JobStatus
from src.services.developer import DEVELOPER
from src.services.job import JobService
from src.services.job_leases import LeaseLostError
from src.services.job_rescue import LOSSES, rescue
from tests.integration.test_jobs import JOBS
from tests.jobs import SQUARE, Jobs, Task


class Following:
    """A kind whose jobs do what a test says, and the changes that it is told."""

    def __init__(self, app: FastAPI) -> None:
        self.told: list[tuple[UUID, JobStatus]] = []
        self.refused = False
        self.error: Exception | None = None
        self.jobs = Jobs(app, Handler(SQUARE, self.run, follow=self.follow))

    async def run(self, _: Work[Task]) -> None:
        if self.error:
            raise self.error

    async def follow(self, session: AsyncSession, job_id: UUID, status: JobStatus) -> None:
        if self.refused:
            raise ConflictError("It is needed no more.")
        self.told.append((job_id, status))


@pytest.fixture
def following(app: FastAPI) -> Following:
    return Following(app)


async def test_success_is_the_business_of_the_job(following: Following) -> None:
    await following.jobs.add()

    await following.jobs.run()

    assert following.told == []


async def test_failure_is_followed_once_no_attempt_is_left(following: Following) -> None:
    job = await following.jobs.add()
    following.error = JobError("broken", "It broke.", again=True)

    for _ in range(job.max_attempts):
        assert following.told == []
        await following.jobs.sql("UPDATE jobs SET run_after = created_at")
        await following.jobs.run()

    assert following.told == [(job.id, "failed")]


async def test_cancellation_of_a_running_job_is_followed(
    app: FastAPI, client: AsyncClient, following: Following
) -> None:
    async def wait(work: Work[Task]) -> None:
        await client.post(f"{JOBS}/{work.lease.id}/cancellation")
        async with work.database.writing() as session:
            await work.succeed(session)

    jobs = Jobs(app, Handler(SQUARE, wait, follow=following.follow))
    job = await jobs.add()

    await jobs.run()

    assert following.told == [(job.id, "cancelled")]


async def test_end_of_a_lost_job_is_followed(following: Following) -> None:
    lost, cancelled = await following.jobs.add(), await following.jobs.add()
    await following.jobs.sql(
        "UPDATE jobs SET status = 'running', lease_until = created_at, losses = :losses",
        losses=LOSSES - 1,
    )
    await following.jobs.sql(
        "UPDATE jobs SET cancel_requested_at = created_at WHERE id = :id",
        id=cancelled.id.hex if following.jobs.is_sqlite else cancelled.id,
    )

    async with following.jobs.database.writing() as session:
        await rescue(session, following.jobs.runner.followers)

    assert {*following.told} == {(lost.id, "failed"), (cancelled.id, "cancelled")}


async def test_owner_who_cancels_or_retries_is_followed_or_refused(following: Following) -> None:
    job = await following.jobs.add()
    own = partial(JobService, owner_id=DEVELOPER, followers=following.jobs.runner.followers)

    async with following.jobs.database.writing() as session:
        await own(session).cancel(job.id)
    following.refused = True
    with pytest.raises(ConflictError):
        async with following.jobs.database.writing() as session:
            await own(session).retry(job.id)
    async with following.jobs.database.reading() as session:
        assert (await own(session).get(job.id)).status == "cancelled"
    following.refused = False
    async with following.jobs.database.writing() as session:
        await own(session).retry(job.id)

    assert following.told == [(job.id, "cancelled"), (job.id, "queued")]


async def test_without_its_lease_a_job_is_not_held(app: FastAPI, following: Following) -> None:
    async def lose(work: Work[Task]) -> None:
        await following.jobs.sql("UPDATE jobs SET lease = lease + 1")
        with pytest.raises(LeaseLostError):
            async with work.database.writing() as session:
                await work.hold(session)
        await Keeper(jobs.runner).tick()

    jobs = Jobs(app, Handler(SQUARE, lose, follow=following.follow))
    await jobs.add()

    await jobs.run()

    assert following.told == []
    assert await jobs.sql("SELECT status FROM jobs") == [("running",)]
