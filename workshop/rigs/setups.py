"""The ways in which the service is set up, each with what interrupts it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from workshop.rigs.clients import client_of, until
from workshop.rigs.mixed import Mixed
from workshop.rigs.nginx import PREFIX, nginx
from workshop.rigs.pgbouncer import Mode, pgbouncer
from workshop.rigs.run import QUARTER, SETTINGS, Rig
from workshop.rigs.service import Server, Service, served, uvicorn

type Setup[Where] = Callable[[Where, Path], AbstractAsyncContextManager[Rig]]
FEW = 4
"""Sessions of the database for twice as many clients, so that each gets those of others."""


@asynccontextmanager
async def direct(url: URL, folder: Path) -> AsyncIterator[Rig]:
    async with served(url, folder, **SETTINGS) as service:
        yield Rig(service.client, url, service.log)


@asynccontextmanager
async def behind_nginx(url: URL, folder: Path) -> AsyncIterator[Rig]:
    async with (
        served(url, folder, uvicorn_root_path=PREFIX, **SETTINGS) as service,
        nginx(service.port) as port,
        client_of(port, PREFIX) as client,
    ):
        yield Rig(client, url, service.log)


@asynccontextmanager
async def pooled(url: URL, folder: Path, *, mode: Mode) -> AsyncIterator[Rig]:
    prepared = mode == "session"
    async with (
        pgbouncer(url, mode, size=20 if prepared else FEW) as pooler,
        served(pooler, folder, database_prepared_statements=prepared, **SETTINGS) as service,
    ):
        yield Rig(service.client, url, service.log)


@asynccontextmanager
async def two_workers(url: URL, folder: Path, *, server: Server = uvicorn) -> AsyncIterator[Rig]:
    """Kill one of them at the half, and again until that has cost an answer."""
    (folder / "metrics").mkdir()
    several: dict[str, Any] = {"web_concurrency": 2, "prometheus_multiproc_dir": folder / "metrics"}
    async with served(url, folder, server=server, **several, **SETTINGS) as service:

        async def interrupt(ledger: Mixed) -> None:
            await ledger.reach(2 * QUARTER)
            with ledger.outage("workers killed") as outage:
                while not outage.refused and ledger.answered < 3 * QUARTER:
                    await _kill_the_busiest(service)
                    await ledger.reach(ledger.answered + QUARTER // 10)

        yield Rig(service.client, url, service.log, interrupt)


async def _kill_the_busiest(service: Service) -> None:
    workers = service.workers()
    assert len(workers) == 2
    before = {each.pid for each in workers}
    max(workers, key=lambda each: len(each.net_connections("tcp"))).kill()

    async def is_replaced() -> bool:
        after = {each.pid for each in service.workers()}
        return len(after) == 2 and after != before

    await until(is_replaced, 10)
