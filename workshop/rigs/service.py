"""The service as a process of its own."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from httpx import AsyncClient
from sqlalchemy import URL

from workshop.rigs.clients import HOST, client_of, free_port, is_ready, until

SERVICE = "tests.apps:service"
START_SECONDS = 60


type Server = Callable[[str, int, int], list[str]]
"""Makes the command for an app, a port and the seconds that a stop may take."""


def uvicorn(app: str, port: int, grace: int) -> list[str]:
    options = ["--port", f"{port}", "--timeout-graceful-shutdown", f"{grace}", "--no-server-header"]
    return ["uvicorn", "--factory", app, "--http", "src.api.connections:Connection", *options]


def gunicorn(app: str, port: int, grace: int) -> list[str]:
    options = ["--bind", f"{HOST}:{port}", "--graceful-timeout", f"{grace}"]
    return ["gunicorn", "--worker-class", "workshop.rigs.gunicorn.Worker", *options, f"{app}()"]


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
        return [each for each in psutil.Process(self.process.pid).children() if _serves(each)]


def _serves(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):  # or it is dead, and nobody has noticed yet
        return "resource_tracker" not in " ".join(process.cmdline())
    return False


@asynccontextmanager
async def served(
    url: URL,
    folder: Path,
    *,
    app: str = SERVICE,
    port: int = 0,
    grace: int = 5,
    server: Server = uvicorn,
    tree: Path | None = None,
    within: Sequence[str] = (),
    host: str = HOST,
    **settings: object,
) -> AsyncIterator[Service]:
    """A service that is ready, of this tree or another one. The end of the block kills it.

    Its command may run ``within`` another one, which makes it listen at another ``host``.
    """
    port, log = port or free_port(), folder / "service.log"
    given = {"environment": "development", "metrics": True} | settings | {"database_url": url}
    environment = {name.upper(): _text(value) for name, value in given.items()}
    in_production = environment["ENVIRONMENT"] == "production"
    environment.setdefault("TOKEN_REQUIRED", str(in_production))
    environment.setdefault("FILES_URL", f"{folder}/files")
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *[*within, sys.executable, "-m", *server(app, port, grace)],
            cwd=tree,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    async with client_of(port, host=host) as client:
        try:
            start_seconds = await _ready(process, client, log)
            yield Service(process, port, client, log, start_seconds)
        finally:
            await _kill(process)


def _text(value: object) -> str:
    return value.render_as_string(hide_password=False) if isinstance(value, URL) else str(value)


async def _ready(process: asyncio.subprocess.Process, client: AsyncClient, log: Path) -> float:
    """How long it took to become ready. What it has logged is in the error if it never does."""

    async def answers() -> bool:
        assert process.returncode is None, log.read_text(encoding="utf-8")
        return await is_ready(client)

    try:
        return await until(answers, START_SECONDS)
    except TimeoutError:
        raise AssertionError(log.read_text(encoding="utf-8")[-5000:]) from None


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End a process and those that it has started, which would outlive it."""
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for each in children:
            with suppress(psutil.NoSuchProcess):
                each.kill()
    await process.wait()
