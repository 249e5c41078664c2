"""Code of jobs in child processes with limits."""

import asyncio
import logging
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import RootModel

from src.jobs.child import run_in_child
from src.jobs.handlers import Handler
from src.jobs.keeper import Keeper
from src.jobs.work import Work
from src.schemas.job import JobResponse, Kind
from tests.api import Json
from tests.integration.test_jobs import JOBS, events_of
from tests.jobs import Jobs
from tests.processes import is_running

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups")

type Given = RootModel[dict[str, Any]]
MEMORY = 2**29
UNEXPECTED = (
    "The job failed unexpectedly: retry it. If it fails again, the log of the worker has the reason"
    " beside the job's id."
)
KILLED = (
    "The process of the job was killed, which may be for want of memory: retry the job, with less"
    " data or a larger worker if this happens again."
)
ENDED = (
    "The process of the job ended without a result, which a retry will not change: the log of the"
    " worker may say why."
)
PARENT = """
import asyncio, sys
from src.jobs.child import run_in_child
asyncio.run(run_in_child(None, "tests.children", {"do": "loop", "file": sys.argv[1]}))
"""


async def run(work: Work[Given]) -> Given:
    result = await run_in_child(work, "tests.children", work.payload.root, memory_bytes=MEMORY)
    return RootModel[dict[str, Any]](result)


def kind(seconds: float) -> Kind[Given]:
    facts: Any = {"name": "child", "payload": RootModel[dict[str, Any]], "max_attempts": 1}
    return Kind(**facts, timeout=timedelta(seconds=seconds))


async def begun(app: FastAPI, seconds: float = 600, **given: object) -> tuple[Jobs, JobResponse]:
    jobs = Jobs(app, Handler(kind(seconds), run))
    payload = RootModel[dict[str, Any]](given)
    return jobs, await jobs.add(kind=kind(seconds), payload=payload)


async def shown(client: AsyncClient, job: JobResponse) -> Json:
    row: Json = (await client.get(f"{JOBS}/{job.id}")).json()
    return row


async def test_result_and_progress_of_a_child(app: FastAPI, client: AsyncClient) -> None:
    jobs, job = await begun(app, do="square", number=7)

    await jobs.run()

    row = await shown(client, job)
    assert (row["status"], row["result"]) == ("succeeded", {"square": 49})
    progress = {"done": 1, "total": 2, "message": "half"}
    assert progress in await events_of(jobs, job.id)


async def test_news_of_a_child_are_heard_in_their_order(app: FastAPI, client: AsyncClient) -> None:
    heard = []

    async def hear(news: Json) -> None:
        await asyncio.sleep(0)
        heard.append(news)

    async def listen(work: Work[Given]) -> None:
        await run_in_child(work, "tests.children", work.payload.root, hear=hear)

    jobs = Jobs(app, Handler(kind(600), listen))
    await jobs.add(kind=kind(600), payload=RootModel[dict[str, Any]]({"do": "tell"}))

    await jobs.run()

    assert heard == [{"number": 0}, {"number": 1}, {"number": 2}]


async def test_child_sees_no_secret_of_the_environment(
    app: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS_TOKEN", "secret")
    jobs, job = await begun(app, do="environment")

    await jobs.run()

    names = {*(await shown(client, job))["result"]["names"]}
    assert "OMP_NUM_THREADS" in names
    assert names.isdisjoint({"DATABASE_URL", "METRICS_TOKEN"})


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        ({"do": "refuse", "again": False}, "refused", "No."),
        ({"do": "fail"}, "unexpected", UNEXPECTED),
        ({"do": "allocate", "bytes": 2 * MEMORY}, "memory", "The job needs more than 512 MiB."),
        ({"do": "die"}, "child", KILLED),
        ({"do": "leave"}, "child", ENDED),
        ({"do": "babble"}, "child", "A line of the child process is too long, or not JSON."),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_child_that_fails(
    app: FastAPI, client: AsyncClient, given: Json, code: str, reason: str
) -> None:
    jobs, job = await begun(app, **given)

    await jobs.run()

    row = await shown(client, job)
    assert (row["status"], row["error_code"], row["error"]) == ("failed", code, reason)


async def test_exception_in_a_child_is_logged_with_its_job(
    app: FastAPI, client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    jobs, job = await begun(app, do="fail")

    await jobs.run()

    (logged,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert vars(logged)["fields"]["job_id"] == job.id
    assert "tests/children.py" in caplog.text


@asynccontextmanager
async def looping(file: Path) -> AsyncIterator[Process]:
    """Run a worker whose child loops, until the end of the block at the latest."""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, str(file))
    try:
        yield parent
    finally:
        with suppress(ProcessLookupError):
            parent.kill()
        await parent.wait()


async def pids_in(file: Path) -> list[int]:
    async with asyncio.timeout(60):
        while not file.exists():
            await asyncio.sleep(0.01)
    return [int(each) for each in file.read_text(encoding="utf-8").split()]


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(60):
        while any(map(is_running, pids)):
            await asyncio.sleep(0.01)


async def test_cancelled_child_is_gone_with_all_that_it_has_started(
    app: FastAPI, client: AsyncClient, tmp_path: Path
) -> None:
    jobs, job = await begun(app, do="loop", file=str(tmp_path / "pids"))
    task = await jobs.runner.claim(kind(1).queues)
    assert task
    pids = await pids_in(tmp_path / "pids")

    await client.post(f"{JOBS}/{job.id}/cancellation")
    await Keeper(jobs.runner).tick()
    await task

    await until_gone(pids)
    assert (await shown(client, job))["status"] == "cancelled"


async def test_child_that_takes_too_long_is_gone(
    app: FastAPI, client: AsyncClient, tmp_path: Path
) -> None:
    jobs, job = await begun(app, seconds=1, do="loop", file=str(tmp_path / "pids"))

    await jobs.run()

    assert (await shown(client, job))["error_code"] == "timed_out"
    if (tmp_path / "pids").exists():  # unless the time was over before
        await until_gone(await pids_in(tmp_path / "pids"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot")
async def test_child_of_a_killed_worker_is_gone_with_all_that_it_has_started(
    tmp_path: Path,
) -> None:
    async with looping(tmp_path / "pids") as parent:
        pids = await pids_in(tmp_path / "pids")

        parent.kill()
        await parent.wait()

        await until_gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot")
async def test_child_without_its_guard_is_gone(tmp_path: Path) -> None:
    async with looping(tmp_path / "pids") as parent:
        pids = await pids_in(tmp_path / "pids")

        os.kill(os.getpgid(pids[0]), signal.SIGKILL)  # it leads the group
        await parent.wait()

        await until_gone(pids)
