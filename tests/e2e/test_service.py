"""The service as it is really run: a process of its own, its migrations before it, HTTP to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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


def migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"], env=environment, check=True
    )


@contextmanager
def served(environment: dict[str, str]) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "src.main:app", "--port", port]
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
    migrate(environment)
    with served(environment) as (client, process):
        answered = [client.post(PROJECTS, json={"name": f"{n}"}).json() for n in range(20)]
        process.send_signal(signal.SIGKILL)

    with served(environment) as (client, _):
        page = client.get(PROJECTS, params={"sort": "id", "limit": 100}).json()

    assert page["items"] == answered


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
