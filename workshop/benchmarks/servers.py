"""The servers that are measured, each a process with one worker."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from sqlalchemy import URL

START_SECONDS = 20
STOP_SECONDS = 5

OURS = "this service"
STARLETTE = "Starlette + psycopg"
FASTAPI = "FastAPI + psycopg"
AIOSQLITE = "FastAPI + aiosqlite"
SQLMODEL = "FastAPI + sync SQLModel"

_APPS = {
    "PostgreSQL": {
        OURS: "workshop.benchmarks.ours:service",
        STARLETTE: "workshop.benchmarks.references.starlette_psycopg:app",
        FASTAPI: "workshop.benchmarks.references.fastapi_psycopg:app",
        SQLMODEL: "workshop.benchmarks.references.fastapi_sqlmodel:app",
    },
    "SQLite": {
        OURS: "workshop.benchmarks.ours:service",
        AIOSQLITE: "workshop.benchmarks.references.fastapi_aiosqlite:app",
        SQLMODEL: "workshop.benchmarks.references.fastapi_sqlmodel:app",
    },
}
NAMES = {database: list(apps) for database, apps in _APPS.items()}
_SETTINGS = {"ENVIRONMENT": "production", "METRICS": "true", "ALLOWED_HOSTS": "127.0.0.1"}


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Popen

    def cpu_seconds(self) -> float:
        processes = [self.process, *self.process.children(recursive=True)]
        times = [each.cpu_times() for each in processes]
        seconds: float = sum(each.user + each.system for each in times)
        return seconds


@contextmanager
def serving(database: str, name: str, url: URL) -> Iterator[Server]:
    port, app = _free_port(), _APPS[database][name]
    factory = ["--factory"] if name == OURS else []
    options = [f"--port={port}", "--workers=1", "--no-access-log", *factory]
    process = psutil.Popen(
        [sys.executable, "-m", "uvicorn", app, *options],
        env=os.environ | _SETTINGS | {"DATABASE_URL": _plain(url)},
        stderr=subprocess.DEVNULL,  # our log lines: written, but not kept
    )
    try:
        _wait_until_it_listens(process, port)
        yield Server(port, process)
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


def _wait_until_it_listens(process: psutil.Popen, port: int) -> None:
    give_up = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    msg = f"This did not start: {process.args}"
    raise RuntimeError(msg)
