"""The servers that are measured, each a process with one worker."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

import psutil
from sqlalchemy import URL

START_SECONDS = 20
STOP_SECONDS = 5
HERE = Path.cwd()

OURS = "this service"
STARLETTE = "Starlette + psycopg"
FASTAPI = "FastAPI + psycopg"
AIOSQLITE = "FastAPI + aiosqlite"
SQLMODEL = "FastAPI + sync SQLModel"
DRIVER = {"PostgreSQL": FASTAPI, "SQLite": AIOSQLITE}
"""The reference of each database that this service is compared with."""

ALONE = ("src.main:app", "--http", "src.api.connections:Connection", "--no-server-header")
_WITH_THINGS = ("workshop.benchmarks.ours:service", "--factory", *ALONE[1:])
_REFERENCES = "workshop.benchmarks.references"
_APPS = {
    "PostgreSQL": {
        OURS: _WITH_THINGS,
        STARLETTE: (f"{_REFERENCES}.starlette_psycopg:app",),
        FASTAPI: (f"{_REFERENCES}.fastapi_psycopg:app",),
        SQLMODEL: (f"{_REFERENCES}.fastapi_sqlmodel:app",),
    },
    "SQLite": {
        OURS: _WITH_THINGS,
        AIOSQLITE: (f"{_REFERENCES}.fastapi_aiosqlite:app",),
        SQLMODEL: (f"{_REFERENCES}.fastapi_sqlmodel:app",),
    },
}
NAMES = {database: list(apps) for database, apps in _APPS.items()}
_SETTINGS = {
    "ENVIRONMENT": "production",
    "METRICS": "true",
    "LOG_LEVEL": "INFO",
    "ALLOWED_HOSTS": "127.0.0.1",
    "FILES_URL": gettempdir(),  # nothing is stored there
}


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Popen
    start_seconds: float
    """From the start to the first 200."""

    def cpu_seconds(self) -> float:
        processes = [self.process, *self.process.children(recursive=True)]
        times = [each.cpu_times() for each in processes]
        seconds: float = sum(each.user + each.system for each in times)
        return seconds

    def megabytes(self) -> float:
        resident: float = self.process.memory_info().rss / 1e6
        return resident


@contextmanager
def serving(
    database: str,
    name: str,
    url: URL,
    *,
    tree: Path = HERE,
    app: tuple[str, ...] = (),
    ready: str = "/health",
) -> Iterator[Server]:
    """Serve by the code of a tree until the block ends; the log goes to a file."""
    started, port = time.monotonic(), _free_port()
    options = [f"--port={port}", "--workers=1", "--no-access-log"]
    with TemporaryFile() as log:
        process = psutil.Popen(
            [sys.executable, "-m", "uvicorn", *(app or _APPS[database][name]), *options],
            cwd=tree,
            env=os.environ | _SETTINGS | {"DATABASE_URL": _plain(url)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            _wait_until(process, port, ready)
            yield Server(port, process, time.monotonic() - started)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                process.kill()


def _plain(url: URL) -> str:
    """Without the name of a driver, as psycopg itself wants it."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_until(process: psutil.Popen, port: int, path: str) -> None:
    give_up = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        with suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        time.sleep(0.01)
    msg = f"This did not start: {process.args}"
    raise RuntimeError(msg)
