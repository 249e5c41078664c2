"""What the settings promise holds however the service is started; SIGTERM ends it at any time."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import URL

from workshop.rigs.clients import HOST, free_port
from workshop.rigs.service import START_SECONDS

PYTHON = [sys.executable, "-m"]
WORKER = ["--worker-class", "uvicorn_worker.UvicornWorker"]
# By what a page says. The files that make would renew first are not what is tried here.
STARTS = {
    "make run": ["make", "run", "-o", ".venv/.runtime", "-o", ".env", "PORT={port}"],
    "python -m src.serve": [*PYTHON, "src.serve", "--port", "{port}"],
    "uvicorn src.main:app": [*PYTHON, "uvicorn", "src.main:app", "--port", "{port}"],
    "gunicorn src.main:app": [
        *PYTHON,
        "gunicorn",
        "src.main:app",
        "--bind",
        f"{HOST}:{{port}}",
        *WORKER,
    ],
}
TWO_WORKERS = {
    "make run": [["WORKERS=2"], ["ARGS=--workers 2"]],
    "gunicorn src.main:app": [["--workers", "2"]],
}
SAFE = {"ENVIRONMENT": "development", "TOKEN_REQUIRED": "false"}
ONE_WRITER = "WEB_CONCURRENCY above 1 needs PostgreSQL"
HAZARDS = [
    (
        {"LOG_LEVEL": "DEBUG", "ENVIRONMENT": "production", "TOKEN_REQUIRED": "true"},
        "LOG_LEVEL=DEBUG",
    ),
    ({"WEB_CONCURRENCY": "2"}, ONE_WRITER),
    ({"UVICORN_WORKERS": "2", "GUNICORN_CMD_ARGS": "--workers 2"}, ONE_WRITER),
]


@pytest.fixture
def environment(postgres: URL | None, tmp_path: Path) -> dict[str, str]:
    if postgres is not None:
        pytest.skip("It does not depend on the database.")
    return os.environ | SAFE | {"DATABASE_URL": f"sqlite:///{tmp_path}/service.db"}


def test_every_documented_start_is_tried() -> None:
    pages = [Path("README.md"), *Path("docs").glob("*.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    pattern = r"make run|python -m src\.serve|(?:uvicorn|gunicorn|hypercorn|fastapi run) \S+:app"

    assert {*re.findall(pattern, text)} <= STARTS.keys()


def assert_refused(command: list[str], environment: dict[str, str], reason: str) -> None:
    port = free_port()
    finished = subprocess.run(
        [each.format(port=port) for each in command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=START_SECONDS,
    )

    assert reason in finished.stdout
    assert "startup complete" not in finished.stdout
    assert "Traceback" not in finished.stdout or command[2] == "gunicorn"  # whose own it can be
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((HOST, port)).close()


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("settings", "reason"), HAZARDS, ids=[next(iter(h[0])) for h in HAZARDS])
def test_hazard_is_refused(
    environment: dict[str, str], start: str, settings: dict[str, str], reason: str
) -> None:
    assert_refused(STARTS[start], environment | settings, reason)


@pytest.mark.parametrize(
    ("start", "options"),
    [(s, options) for s in STARTS for options in TWO_WORKERS.get(s, [["--workers", "2"]])],
)
def test_workers_by_option_are_refused_on_sqlite(
    environment: dict[str, str], start: str, options: list[str]
) -> None:
    assert_refused([*STARTS[start], *options], environment, ONE_WRITER)


@contextmanager
def first_process(environment: dict[str, str], port: int) -> Iterator[tuple[psutil.Process, Path]]:
    """Start the service as process 1 of a namespace, as containers do; yield it and its log."""
    namespace = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    log = Path(environment["DATABASE_URL"].removeprefix("sqlite:///")).with_suffix(".log")
    command = [*namespace, *PYTHON, "src.serve", "--port", f"{port}"]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdout=output, stderr=output) as outer,
    ):
        try:
            yield psutil.Process(outer.pid), log
        finally:
            outer.kill()


def stopped(outer: psutil.Process, every: float) -> int | None:
    """Send SIGTERM to process 1 again and again; return its exit code."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(psutil.NoSuchProcess):
            for inner in outer.children():
                inner.send_signal(signal.SIGTERM)
        with suppress(psutil.TimeoutExpired):
            return int(outer.wait(every))
    return None


def test_first_process_of_a_container_ends_before_it_serves(environment: dict[str, str]) -> None:
    with first_process(environment, free_port()) as (outer, log):
        assert stopped(outer, 0.05) == 128 + signal.SIGTERM

    assert "Started server process" not in log.read_text(encoding="utf-8")


def test_first_process_of_a_container_ends_well_after_it_has_served(
    environment: dict[str, str],
) -> None:
    port = free_port()
    with first_process(environment, port) as (outer, log):
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(trust_env=False) as client:
            while time.monotonic() < deadline:
                with suppress(httpx.TransportError):
                    client.get(f"http://{HOST}:{port}/health/ready").raise_for_status()
                    break
        assert stopped(outer, START_SECONDS) == 0

    assert "Finished server process" in log.read_text(encoding="utf-8")
