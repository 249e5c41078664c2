"""The service as it runs in production: migrated, in a separate process, called over HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import URL, make_url

from src.core.migrations import current
from tests.api import THINGS
from tests.apps import environment_for, make_settings
from tests.databases import build, temporary_database

START_SECONDS = 120


@pytest.fixture
def environment(postgres: URL | None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Return the environment of a service whose database has no tables yet."""
    with ExitStack() as stack:
        url = make_url(f"sqlite:///{tmp_path}/service.db")
        if postgres is not None:
            url = stack.enter_context(temporary_database(postgres))
        yield environment_for(url)


@pytest.fixture
def built(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of a service whose database has all tables."""
    build(make_settings(environment["DATABASE_URL"]).database_url)
    return environment


@contextmanager
def served(
    environment: dict[str, str], *command: str
) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
    own = ("--http", "src.api.connections:Connection", "tests.apps:service")
    command = command or ("uvicorn", "--factory", *own)
    with (
        subprocess.Popen(
            [sys.executable, "-m", *command, "--port", port], env=environment
        ) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
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


def test_serve_migrates_an_empty_database(environment: dict[str, str]) -> None:
    with served(environment, "src.serve") as (client, _):
        assert client.get("/docs").status_code == 200


def test_serve_alone_leaves_the_database_as_it_is(environment: dict[str, str]) -> None:
    with served(environment, "src.serve", "--alone") as (client, _):
        assert client.get("/health").status_code == 200

    assert current(make_settings(environment["DATABASE_URL"]).database_url) == set()


def test_two_workers_share_requests_and_lose_none(
    built: dict[str, str], postgres: URL | None
) -> None:
    if postgres is None:
        pytest.skip("SQLite has one writer: two workers are refused")
    built["WEB_CONCURRENCY"] = "2"

    with served(built) as (client, _), ThreadPoolExecutor(16) as threads:

        def create(n: int) -> dict[str, object]:
            # A new connection for each request, so that both workers get some.
            thing: dict[str, object] = httpx.post(
                f"{client.base_url}{THINGS}", json={"name": f"{n}"}, trust_env=False
            ).json()
            return thing

        answered = list(threads.map(create, range(100)))
        page = client.get(THINGS, params={"sort": "id", "limit": 100}).json()

    assert sorted(each["name"] for each in page["items"]) == sorted(map(str, range(100)))
    assert all(each in page["items"] for each in answered)
