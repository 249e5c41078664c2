"""The worker that runs beside the service, as `make run` starts both."""

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


def worker_of(url: URL, job_id: UUID) -> int:
    sync = url.set(drivername="sqlite")
    with Session(create_engine(sync, poolclass=NullPool)) as session:
        worker = session.exec(select(Job.worker).where(Job.id == job_id)).one()
    assert worker is not None
    return int(worker.split("-")[-2])
