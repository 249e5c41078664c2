"""Jobs as their owners see them."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel
from sqlmodel import delete
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, InvalidError
from src.core.logs import request_id
from src.models.base import utc_now
from src.models.job import PRIORITY, Job
from src.models.storable import JSON_BYTES
from src.schemas.job import JobResponse, Kind
from src.services import job_queue
from src.services.developer import DEVELOPER
from src.services.job_events import events_after
from tests.access import client_with, issue_token
from tests.api import UNKNOWN_ID, Json, assert_problem
from tests.apps import database_of
from tests.contract.facts import Facts
from tests.jobs import SQUARE, Jobs, Task

JOBS = "/api/v1/jobs"


class TestJobs(Facts):
    """No request creates a job as such: features enqueue them."""

    path, words, owned = JOBS, "job", True
    fields = {}

    @classmethod
    async def create(cls, client: AsyncClient, /, **fields: object) -> Json:
        assert isinstance(client._transport, ASGITransport)
        jobs: Any = Jobs(client._transport.app)  # type: ignore[arg-type]  # the app of the suite
        me = (await client.get("/api/v1/me")).json()
        job = await jobs.add(owner_id=UUID(me["id"]))
        return (await client.get(f"{JOBS}/{job.id}")).raise_for_status().json()  # type: ignore[no-any-return]


async def events_of(jobs: Jobs, job_id: UUID) -> list[Json]:
    async with jobs.database.reading() as session:
        events = await events_after(session, job_id, 0)
    assert [each.seq for each in events] == [*range(1, len(events) + 1)]
    return [each.data for each in events]


async def test_job_is_queued_and_shown(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(number=7)

    response = await client.get(f"{JOBS}/{job.id}")

    shown = response.json()
    assert response.headers["etag"] == '"1"'
    assert shown == job.model_dump(mode="json")
    assert (shown["kind"], shown["payload"], shown["status"]) == ("square", {"number": 7}, "queued")
    assert (await client.get(JOBS)).json()["items"] == [shown]
    assert await events_of(jobs, job.id) == [{"status": "queued"}]


async def test_jobs_are_filtered(client: AsyncClient, jobs: Jobs) -> None:
    ended, queued = await jobs.add(), await jobs.add(run_after=utc_now() + timedelta(hours=1))
    await jobs.run()

    wanted: list[tuple[Json, list[JobResponse]]] = [
        ({"status": "succeeded"}, [ended]),
        ({"status_in": ["queued", "running"]}, [queued]),
        ({"kind": "square"}, [queued, ended]),
        ({"kind": "other"}, []),
    ]
    for query, expected in wanted:
        found = (await client.get(JOBS, params=query)).json()["items"]
        assert [each["id"] for each in found] == [str(each.id) for each in expected]


async def test_job_of_nobody_is_not_shown(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(owner_id=None)

    assert (await client.get(JOBS)).json()["items"] == []
    for path in (f"{JOBS}/{job.id}", f"{JOBS}/{UNKNOWN_ID}"):
        assert_problem(await client.get(path), 404, "There is no such job.")


async def test_enqueuing_is_part_of_the_transaction(client: AsyncClient, jobs: Jobs) -> None:
    with pytest.raises(ZeroDivisionError):
        async with jobs.database.writing() as session:
            await job_queue.enqueue(session, SQUARE, Task(), DEVELOPER)
            raise ZeroDivisionError

    assert (await client.get(JOBS)).json()["items"] == []
    assert await jobs.run() == 0


async def test_job_knows_the_request_that_caused_it(jobs: Jobs) -> None:
    request_id.set("cause")

    assert (await jobs.add()).request_id == "cause"


async def test_queued_job_is_cancelled_at_once(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add()

    first = await client.post(f"{JOBS}/{job.id}/cancellation", headers={"If-Match": '"1"'})
    again = await client.post(f"{JOBS}/{job.id}/cancellation")

    assert first.status_code == 202
    assert first.headers["location"] == f"{JOBS}/{job.id}"
    assert (first.json()["status"], first.headers["etag"]) == ("cancelled", '"2"')
    assert first.json()["finished_at"] is not None
    assert (again.status_code, again.json()) == (202, first.json())
    assert await jobs.run() == 0
    assert await events_of(jobs, job.id) == [{"status": "queued"}, {"status": "cancelled"}]


async def test_ended_job_cannot_be_cancelled_and_a_good_one_not_retried(
    client: AsyncClient, jobs: Jobs
) -> None:
    job = await jobs.add()
    await jobs.run()

    cancellation = await client.post(f"{JOBS}/{job.id}/cancellation")
    retry = await client.post(f"{JOBS}/{job.id}/retry")

    assert_problem(cancellation, 409, "A succeeded job cannot be cancelled.")
    assert_problem(retry, 409, "A succeeded job cannot be retried.")


async def test_retry_begins_anew(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(number=3)
    await client.post(f"{JOBS}/{job.id}/cancellation")

    retried = await client.post(f"{JOBS}/{job.id}/retry")
    again = await client.post(f"{JOBS}/{job.id}/retry")
    await jobs.run()
    ended = (await client.get(f"{JOBS}/{job.id}")).json()

    assert retried.status_code == 202
    assert retried.headers["location"] == f"{JOBS}/{job.id}"
    assert again.json() == retried.json()
    for name in ("cancel_requested_at", "finished_at", "started_at", "error", "error_code"):
        assert retried.json()[name] is None
    assert (ended["status"], ended["result"], ended["attempt"]) == ("succeeded", {"number": 9}, 1)


@pytest.mark.parametrize("action", ["cancellation", "retry"])
async def test_action_obeys_if_match(client: AsyncClient, jobs: Jobs, action: str) -> None:
    job = await jobs.add()

    response = await client.post(f"{JOBS}/{job.id}/{action}", headers={"If-Match": '"7"'})

    assert response.status_code == 412


async def test_jobs_go_with_their_owner(app: FastAPI, client: AsyncClient, jobs: Jobs) -> None:
    token = await issue_token(database_of(app))
    async with client_with(app, token.token) as other:
        user = (await other.get("/api/v1/me")).json()
        await TestJobs.create(other)

    assert (await client.delete(f"/api/v1/users/{user['id']}")).status_code == 204
    assert await jobs.run() == 0
    assert await jobs.sql("SELECT * FROM job_events") == []


async def test_same_key_is_the_same_job(jobs: Jobs, database: Any) -> None:
    first = await jobs.add(number=1, dedupe_key="one")
    second = await jobs.add(number=2, dedupe_key="one")
    other = await jobs.add(number=2, dedupe_key="two")
    of_nobody = await jobs.add(dedupe_key="one", owner_id=None)
    again = await jobs.add(dedupe_key="one", owner_id=None)

    assert second == first
    assert again == of_nobody
    assert len({first.id, other.id, of_nobody.id}) == 3
    assert await jobs.run() == 3


async def test_of_20_racing_jobs_with_one_key_one_is_made(
    shared_concurrent_app: FastAPI, concurrent_client: AsyncClient
) -> None:
    jobs = Jobs(shared_concurrent_app)

    made = await asyncio.gather(*(jobs.add(dedupe_key="one") for _ in range(20)))

    assert len({each.id for each in made}) == 1
    assert len((await concurrent_client.get(JOBS)).json()["items"]) == 1


@pytest.mark.parametrize("owner_id", [DEVELOPER, None])
async def test_key_of_a_job_that_is_purged_meanwhile_is_free(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, owner_id: UUID | None
) -> None:
    first = await jobs.add(dedupe_key="one", owner_id=owner_id)
    look = job_queue.enqueued

    async def purge_and_look(session: AsyncSession, *values: Any) -> JobResponse | None:
        await session.exec(delete(Job))
        return await look(session, *values)

    monkeypatch.setattr(job_queue, "enqueued", purge_and_look)

    second = await jobs.add(dedupe_key="one", owner_id=owner_id)

    assert second.id != first.id
    assert await jobs.run() == 1


async def test_open_jobs_of_an_owner_are_bounded(
    client: AsyncClient, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_queue, "OPEN", 2)
    first, _ = await jobs.add(), await jobs.add()

    with pytest.raises(ConflictError, match="There are 2 open jobs"):
        await jobs.add()
    await jobs.add(owner_id=None)
    await client.post(f"{JOBS}/{first.id}/cancellation")
    await jobs.add()
    retry = await client.post(f"{JOBS}/{first.id}/retry")

    assert_problem(retry, 409, "There are 2 open jobs: wait until some have ended, or cancel some.")


async def test_payload_is_bounded(jobs: Jobs) -> None:
    class Text(BaseModel):
        text: str

    with pytest.raises(InvalidError, match=f"at most {JSON_BYTES} bytes"):
        await jobs.add(payload=Text(text="x" * JSON_BYTES))
    with pytest.raises(InvalidError, match="without NaN"):
        await jobs.add(payload=Text(text="\x00"))


@pytest.mark.parametrize("priority", [-PRIORITY - 1, PRIORITY + 1])
async def test_priority_is_bounded(jobs: Jobs, priority: int) -> None:
    with pytest.raises(InvalidError, match="priority BETWEEN"):
        await jobs.add(priority=priority)


@pytest.mark.parametrize(("name", "version"), [("x" * 38, 1), ("x" * 36, 999), ("ä" * 19, 1)])
async def test_longest_name_of_a_kind_is_taken(jobs: Jobs, name: str, version: int) -> None:
    """procrastinate names a channel of PostgreSQL after the kind and the version."""
    job = await jobs.add(kind=Kind(name, Task, version=version))

    assert (job.kind, job.status) == (name, "queued")
    with pytest.raises(ValueError, match="39 bytes"):
        Kind(f"{name}x", Task, version=version)
