"""The service as a process of its own."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from httpx import AsyncClient, Limits, TransportError
from sqlalchemy import URL, NullPool, Row, create_engine

HOST = "127.0.0.1"
SERVICE = "tests.apps:service"
START_SECONDS = 60


type Server = Callable[[str, int, int], list[str]]
"""Makes the command for an app, a port and the seconds that a stop may take."""


def uvicorn(app: str, port: int, grace: int) -> list[str]:
    options = ["--port", f"{port}", "--timeout-graceful-shutdown", f"{grace}", "--no-server-header"]
    return ["uvicorn", "--factory", app, *options]


def gunicorn(app: str, port: int, grace: int) -> list[str]:
    options = ["--bind", f"{HOST}:{port}", "--graceful-timeout", f"{grace}"]
    return ["gunicorn", "--worker-class", "uvicorn_worker.UvicornWorker", *options, f"{app}()"]


@dataclass
class Service:
    process: asyncio.subprocess.Process
    port: int
    client: AsyncClient
    log: Path
    start_seconds: float

    async def exit_within(self, seconds: float) -> float:
        """How long the process took to end."""
        started = time.monotonic()
        async with asyncio.timeout(seconds):
            await self.process.wait()
        return time.monotonic() - started

    def workers(self) -> list[psutil.Process]:
        """The processes that serve, if the first one only supervises them."""
        children = psutil.Process(self.process.pid).children()
        return [each for each in children if "resource_tracker" not in " ".join(each.cmdline())]


@asynccontextmanager
async def served(
    url: URL,
    folder: Path,
    *,
    app: str = SERVICE,
    port: int = 0,
    grace: int = 5,
    server: Server = uvicorn,
    **settings: object,
) -> AsyncIterator[Service]:
    """A service that is ready. The end of the block kills it."""
    port, log = port or free_port(), folder / "service.log"
    environment = {"ENVIRONMENT": "development", "METRICS": "true"} | {
        name.upper(): str(value) for name, value in settings.items()
    }
    in_production = environment["ENVIRONMENT"] == "production"
    environment.setdefault("TOKEN_REQUIRED", str(in_production))
    environment["DATABASE_URL"] = url.render_as_string(hide_password=False)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", *server(app, port, grace)],
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    async with client_of(port) as client:
        try:
            start_seconds = await until(lambda: is_ready(client), START_SECONDS)
            yield Service(process, port, client, log, start_seconds)
        finally:
            await _kill(process)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process and those that it has started, which would outlive it."""
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for each in children:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    await process.wait()


def client_of(port: int) -> AsyncClient:
    limits = Limits(max_connections=None, max_keepalive_connections=None)
    return AsyncClient(base_url=f"http://{HOST}:{port}", limits=limits, timeout=30)


def free_port() -> int:
    """One below those that the system gives to clients: who tries the closed port of a stopped
    service again and again would sooner or later get that very port, and talk to himself.
    """
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with suppress(OSError), socket.create_server((HOST, port)):
            return port


async def is_ready(client: AsyncClient) -> bool:
    with suppress(TransportError):
        return (await client.get("/health/ready")).status_code == 200
    return False


async def until(holds: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Ask until it holds, and tell how long that took. Raises `TimeoutError`."""
    started = time.monotonic()
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)
    return time.monotonic() - started


def run_sql(url: URL, statement: str) -> list[Row[Any]]:
    """What the database itself says, past the service."""
    url = url.set(drivername=url.drivername.removesuffix("+aiosqlite"))
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return list(result) if result.returns_rows else []
