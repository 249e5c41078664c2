"""The worker that runs beside the service, as `make run` starts both."""

import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import URL, NullPool, make_url
from sqlmodel import Session, create_engine, select

from src.core.blocking import blocking
from src.jobs.kinds.purge_jobs import handler
from src.jobs.schedules import Nothing
from src.models.job import Job
from src.services.developer import DEVELOPER
from src.services.job import JobService
from tests.apps import environment_for, make_settings
from tests.databases import build
from tests.e2e.test_service import START_SECONDS, served
from tests.processes import is_running


def test_worker_runs_beside_the_service_and_ends_with_it(
    postgres: URL | None, tmp_path: Path
) -> None:
    if postgres is not None:
        pytest.skip("There is one kind of worker for the commands, whatever its engine")
    url = make_url(f"sqlite:///{tmp_path}/service.db")
    environment = environment_for(url) | {"WORKER": "true"}
    settings = make_settings(url)
    build(settings.database_url)

    with served(environment, "src.serve") as (client, process):
        assert client.get("/api/v1/me").status_code == 200  # makes the development user
        with blocking(lambda session: JobService(session, DEVELOPER), settings) as jobs:
            job = jobs.start(handler.kind, Nothing())
        shown = client.get(f"/api/v1/jobs/{job.id}").json()
        deadline = time.monotonic() + START_SECONDS
        while shown["status"] != "succeeded" and time.monotonic() < deadline:
            time.sleep(0.05)
            shown = client.get(f"/api/v1/jobs/{job.id}").json()
        process.kill()

    assert (shown["status"], shown["result"]) == ("succeeded", {"rows": 0})
    pid = worker_of(url, job.id)
    while time.monotonic() < deadline and is_running(pid):
        time.sleep(0.05)
    assert not is_running(pid)


STUBBORN = """
import asyncio, threading

from src.jobs.handlers import Handler
from src.jobs.schedules import Nothing
from src.schemas.job import Kind


async def swallow(work):
    print("begun", flush=True)
    asyncio.create_task(asyncio.to_thread(threading.Event().wait))
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass


handler = Handler(Kind("stubborn", Nothing), swallow, schedule="* * * * *")
"""
WORKER = """
import sys

from src import worker
from src.jobs import attempt, kinds

kinds.__path__.append(sys.argv.pop())
attempt.STUBBORN_SECONDS = worker.LAST_SECONDS = 0.1
worker.main()
"""


def test_worker_ends_whatever_the_code_of_its_jobs_does(tmp_path: Path) -> None:
    """It swallows its cancellation, and blocks a thread: Python would wait for both."""
    url = make_url(f"sqlite:///{tmp_path}/service.db")
    build(make_settings(url).database_url)
    (tmp_path / "stubborn.py").write_text(STUBBORN, encoding="utf-8")
    command = [sys.executable, "-c", WORKER, "--queues", "stubborn", "--grace", "0", str(tmp_path)]

    with subprocess.Popen(command, env=environment_for(url), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert any(line == b"begun\n" for line in process.stdout)
            process.terminate()
            assert process.wait(START_SECONDS) == 1
        finally:
            process.kill()


def worker_of(url: URL, job_id: UUID) -> int:
    sync = url.set(drivername="sqlite")
    with Session(create_engine(sync, poolclass=NullPool)) as session:
        worker = session.exec(select(Job.worker).where(Job.id == job_id)).one()
    assert worker is not None
    return int(worker.split("-")[-2])
