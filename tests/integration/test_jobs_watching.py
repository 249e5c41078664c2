"""Jobs as those see them who wait for news: live events, and long polls."""

import asyncio
import json

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.jobs.handlers import Handler
from src.jobs.work import Work
from src.schemas.job import JobResponse, Kind
from src.services.developer import DEVELOPER
from src.services.job import JobService
from tests.api import UNKNOWN_ID, Json
from tests.apps import database_of
from tests.integration.test_jobs import JOBS
from tests.jobs import Done, Jobs, Task
from tests.live import Live, asking


def events_in(text: str) -> list[tuple[int, str, Json]]:
    """Return the id, the kind and the data of each event of an answer."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if lines:
            found.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return found


def statuses_in(text: str) -> list[tuple[int, str]]:
    return [(seq, data["data"]["status"]) for seq, _, data in events_in(text)]


async def cancel(app: FastAPI, job: JobResponse) -> None:
    async with database_of(app).writing() as session:
        await JobService(session, DEVELOPER).cancel(job.id)


async def test_events_come_until_the_job_has_finished(app: FastAPI, jobs: Jobs) -> None:
    job = await jobs.add()
    async with asking(app, "GET", f"{JOBS}/{job.id}/events") as (live, _):
        assert (await live.start())["status"] == 200
        [(seq, kind, data)] = events_in(await live.part())
        await jobs.run()
        assert statuses_in(await live.rest()) == [(2, "running"), (3, "succeeded")]

    assert (seq, kind) == (1, "status")
    assert data.keys() == {"seq", "kind", "data", "created_at"}
    assert (data["seq"], data["kind"], data["data"]) == (1, "status", {"status": "queued"})


async def test_events_resume_and_those_of_a_finished_job_end(
    client: AsyncClient, jobs: Jobs
) -> None:
    job = await jobs.add()
    await jobs.run()

    for query, headers in (("?after=1", {}), ("", {"Last-Event-ID": "1"})):
        rest = await client.get(f"{JOBS}/{job.id}/events{query}", headers=headers)
        assert statuses_in(rest.text) == [(2, "running"), (3, "succeeded")]


async def test_browser_that_has_all_comes_back_no_more(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add()
    await jobs.run()

    response = await client.get(f"{JOBS}/{job.id}/events", headers={"Last-Event-ID": "3"})

    assert (response.status_code, response.content) == (204, b"")


async def test_stream_after_an_event_that_never_comes_ends_with_the_job(
    app: FastAPI, client: AsyncClient, jobs: Jobs
) -> None:
    """The number may be that of another job."""
    job = await jobs.add()
    path = f"{JOBS}/{job.id}/events"
    async with asking(app, "GET", path, last_event_id="9") as (live, task):
        assert (await live.start())["status"] == 200
        assert await live.part() == ":\n\n"
        await jobs.run()
        assert await live.rest() == ""
        await task

    assert (await client.get(path, headers={"Last-Event-ID": "9"})).status_code == 204


async def test_job_that_is_tried_again_goes_on(app: FastAPI, jobs: Jobs) -> None:
    job = await jobs.add()
    await cancel(app, job)
    async with database_of(app).writing() as session:
        await JobService(session, DEVELOPER).retry(job.id)

    async with asking(app, "GET", f"{JOBS}/{job.id}/events", last_event_id="2") as (live, _):
        await live.start()
        assert statuses_in(await live.part()) == [(3, "queued")]
        await jobs.run()
        assert statuses_in(await live.rest()) == [(4, "running"), (5, "succeeded")]


async def test_events_of_others_are_those_of_no_job(
    client: AsyncClient, other: AsyncClient, jobs: Jobs
) -> None:
    job = await jobs.add()

    for path in ("events", "events?after=9", ""):
        nothing = await client.get(f"{JOBS}/{UNKNOWN_ID}/{path}".rstrip("/"))
        of_another = await other.get(f"{JOBS}/{job.id}/{path}".rstrip("/"))
        assert (nothing.status_code, of_another.status_code) == (404, 404)
        assert nothing.json()["detail"] == of_another.json()["detail"]


async def waiting(live: Live) -> JobResponse:
    assert (await live.start())["status"] == 200
    return JobResponse.model_validate_json(await live.part())


async def test_long_poll_waits_until_the_job_has_finished(app: FastAPI, jobs: Jobs) -> None:
    job = await jobs.add()
    async with asking(app, "GET", f"{JOBS}/{job.id}?wait=30") as (live, _):
        await jobs.run()
        assert (await waiting(live)).status == "succeeded"


async def test_long_poll_with_a_tag_waits_for_any_change(app: FastAPI, client: AsyncClient) -> None:
    held, seen = Kind("held", Task), asyncio.Event()

    async def wait(_: Work[Task]) -> Done:
        await seen.wait()
        return Done(number=0)

    jobs = Jobs(app, Handler(held, wait))
    job = await jobs.add(kind=held)
    path = f"{JOBS}/{job.id}?wait=30"
    async with asking(app, "GET", path, if_none_match='"1"') as (live, _):
        task = await jobs.runner.claim(["held.1"])
        changed = await waiting(live)
        seen.set()
        assert task is not None
        await task

    assert (changed.status, changed.version) == ("running", 2)
    finished = await client.get(path, headers={"If-None-Match": '"3"'})
    assert finished.status_code == 304


async def test_change_by_another_process_ends_the_wait(
    app: FastAPI, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite a worker is not heard."""
    job = await jobs.add()
    monkeypatch.setattr("src.core.hub.CHECK_SECONDS", 0.0)
    monkeypatch.setattr(database_of(app).listener, "_subscribers", {})
    async with asking(app, "GET", f"{JOBS}/{job.id}?wait=30") as (live, _):
        await jobs.run()
        assert (await waiting(live)).status == "succeeded"
