"""The service as it is really run: a process of its own, its migrations before it, HTTP to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, make_url

from tests.api import PROJECTS
from tests.databases import temporary_database

START_SECONDS = 20


@pytest.fixture
def environment(postgres: URL | None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a service whose database exists and has no tables yet."""
    if postgres is None:
        yield environment_on(make_url(f"sqlite:///{tmp_path}/service.db"))
        return
    with temporary_database(postgres) as url:
        yield environment_on(url)


def environment_on(url: URL) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": url.render_as_string(hide_password=False)}


@contextmanager
def served(
    environment: dict[str, str], *options: str
) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    command = [sys.executable, "-m", "src.serve", "--port", port, *options]
    with (
        subprocess.Popen(command, env=environment) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        try:
            wait_for(client)
            yield client, process
        finally:
            process.terminate()


def wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            client.get("/health/ready").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("The service did not start.")


def test_killed_process_has_lost_nothing_it_answered(environment: dict[str, str]) -> None:
    with served(environment) as (client, process):
        answered = [client.post(PROJECTS, json={"name": f"{n}"}).json() for n in range(20)]
        process.send_signal(signal.SIGKILL)

    with served(environment) as (client, _):
        page = client.get(PROJECTS, params={"sort": "id", "limit": 100}).json()

    assert page["items"] == answered


def test_two_workers_share_the_work_and_lose_none(
    environment: dict[str, str], postgres: URL | None
) -> None:
    if postgres is None:
        pytest.skip("SQLite has one writer: two workers are refused")
    environment["WEB_CONCURRENCY"] = "2"

    with served(environment) as (client, _), ThreadPoolExecutor(16) as threads:

        def create(n: int) -> dict[str, object]:
            # A connection of its own, so that the workers share them out.
            project: dict[str, object] = httpx.post(
                f"{client.base_url}{PROJECTS}", json={"name": f"{n}"}
            ).json()
            return project

        answered = list(threads.map(create, range(100)))
        page = client.get(PROJECTS, params={"sort": "id", "limit": 100}).json()

    assert sorted(each["name"] for each in page["items"]) == sorted(map(str, range(100)))
    assert all(each in page["items"] for each in answered)


def test_two_workers_on_sqlite_are_refused(
    environment: dict[str, str], postgres: URL | None
) -> None:
    if postgres is not None:
        pytest.skip("about SQLite")

    stopped = subprocess.run(
        [sys.executable, "-m", "src.serve"],
        env=environment | {"WEB_CONCURRENCY": "2"},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )

    assert stopped.returncode != 0
    assert "WEB_CONCURRENCY above 1 needs PostgreSQL" in stopped.stderr


def test_unusable_settings_stop_the_start_with_a_line_that_says_why(
    environment: dict[str, str],
) -> None:
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--port", "0"]

    stopped = subprocess.run(
        command,
        env=environment | {"DATABASE_URL": "mysql://user:planted@host/db"},
        capture_output=True,
        text=True,
        check=False,
        timeout=START_SECONDS,
    )

    assert stopped.returncode != 0
    assert "DATABASE_URL: write postgresql://" in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert "planted" not in stopped.stdout + stopped.stderr
