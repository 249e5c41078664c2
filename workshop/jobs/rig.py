"""Jobs, workers in processes of their own, and what the database says in the end."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from pydantic import BaseModel
from sqlalchemy import URL

from src.core.database import Database
from src.schemas.job import JobResponse, Kind
from src.services.developer import DEVELOPER, add_developer
from src.services.job import JobService
from src.services.job_queue import enqueue
from tests.apps import make_settings
from workshop.jobs.kinds import LEDGER
from workshop.rigs.clients import run_sql, until

SETTINGS: dict[str, Any] = {
    "database_pool_wait": 2,
    "request_deadline": 10,
    "token_required": False,
}


BUSY = "SELECT DISTINCT worker FROM jobs WHERE status = 'running'"


@dataclass
class Rig:
    url: URL
    folder: Path
    database: Database
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def add(
        self, kind: Kind[Any], payload: BaseModel, owner_id: UUID = DEVELOPER
    ) -> JobResponse:
        async with self.database.writing() as session:
            return await enqueue(session, kind, payload, owner_id)

    async def cancel(self, job_id: UUID) -> None:
        async with self.database.writing() as session:
            await JobService(session, DEVELOPER).cancel(job_id)

    async def get(self, job_id: UUID) -> JobResponse:
        async with self.database.reading() as session:
            return await JobService(session, DEVELOPER).get(job_id)

    async def work(
        self,
        *options: str,
        tree: Path | None = None,
        within: Sequence[str] = (),
        **given: object,
    ) -> asyncio.subprocess.Process:
        """Start a worker, of this tree or another one, perhaps within another command."""
        values = SETTINGS | {"database_url": self.url, "environment": "development"} | given
        settings = {name.upper(): _text(value) for name, value in values.items()}
        with (self.folder / "workers.log").open("ab") as log:
            worker = await asyncio.create_subprocess_exec(
                *(*within, sys.executable, "-m", "workshop.jobs.worker", *options),
                cwd=tree,
                env=os.environ | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(worker)
        return worker

    async def kill(self, worker: asyncio.subprocess.Process) -> None:
        self.workers.remove(worker)
        with suppress(ProcessLookupError):
            worker.send_signal(signal.SIGCONT)
            worker.kill()
        await worker.wait()

    async def kill_any(self) -> bool:
        """Kill a worker at random that runs jobs, and start another one in its place."""
        busy = [str(worker) for (worker,) in self.ask(BUSY)]
        chosen = [each for each in self.workers if any(f"-{each.pid}-" in name for name in busy)]
        if chosen:  # the others have not even begun
            await self.kill(random.choice(chosen))  # noqa: S311
            await self.work()
        return len(chosen) > 0

    def count(self, condition: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM jobs WHERE {condition}")[0][0])  # noqa: S608

    def ask(self, statement: str) -> list[Any]:
        return run_sql(self.url, statement)

    async def until(self, condition: str, jobs: int, seconds: float) -> float:
        async def holds() -> bool:
            return await asyncio.to_thread(self.count, condition) >= jobs

        return await until(holds, seconds)

    def entries(self) -> tuple[int, int]:
        """Return the number of effects, and of jobs that have any."""
        ((effects, jobs),) = self.ask("SELECT count(*), count(DISTINCT job_id) FROM ledger")
        return effects, jobs

    def log(self) -> str:
        return (self.folder / "workers.log").read_text(encoding="utf-8")


@asynccontextmanager
async def rigged(url: URL, folder: Path) -> AsyncIterator[Rig]:
    run_sql(url, LEDGER)
    database = Database(make_settings(url, **SETTINGS))
    await add_developer(database)
    rig = Rig(url, folder, database)
    try:
        yield rig
    finally:
        for worker in [*rig.workers]:
            await rig.kill(worker)
        await database.dispose()


def _text(value: object) -> str:
    return value.render_as_string(hide_password=False) if isinstance(value, URL) else str(value)


def cpu_seconds(process: asyncio.subprocess.Process) -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began
