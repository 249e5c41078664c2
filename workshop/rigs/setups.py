"""The ways in which the service is set up, each with what interrupts it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from httpx import AsyncClient
from sqlalchemy import URL

from workshop.rigs.clients import client_of, until
from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.mixed import Mixed
from workshop.rigs.nginx import PREFIX, nginx
from workshop.rigs.pgbouncer import Mode, pgbouncer
from workshop.rigs.postgres import Pair
from workshop.rigs.run import REQUESTS, WRITERS, Rig, recovery
from workshop.rigs.service import Server, served, uvicorn

type Setup[Where] = Callable[[Where, Path], AbstractAsyncContextManager[Rig]]
QUARTER = REQUESTS // 4
FROZEN_SECONDS = 1
"""Shorter than each limit of the service: a pause that it gets over."""


@asynccontextmanager
async def direct(url: URL, folder: Path) -> AsyncIterator[Rig]:
    async with served(url, folder, token_required=True) as service:
        yield Rig(service.client, url, service.log)


@asynccontextmanager
async def behind_nginx(url: URL, folder: Path) -> AsyncIterator[Rig]:
    async with (
        served(url, folder, token_required=True, uvicorn_root_path=PREFIX) as service,
        nginx(service.port) as port,
        client_of(port, PREFIX) as client,
    ):
        yield Rig(client, url, service.log)


@asynccontextmanager
async def pooled(url: URL, folder: Path, *, mode: Mode) -> AsyncIterator[Rig]:
    prepared = mode == "session"
    async with (
        pgbouncer(url, mode) as pooler,
        served(
            pooler, folder, token_required=True, database_prepared_statements=prepared
        ) as service,
    ):
        yield Rig(service.client, url, service.log)


@asynccontextmanager
async def two_workers(url: URL, folder: Path, *, server: Server = uvicorn) -> AsyncIterator[Rig]:
    """Kill one of them at the half."""
    (folder / "metrics").mkdir()
    several: dict[str, Any] = {"web_concurrency": 2, "prometheus_multiproc_dir": folder / "metrics"}
    async with served(url, folder, token_required=True, server=server, **several) as service:

        async def interrupt(ledger: Mixed) -> None:
            before = {each.pid for each in service.workers()}
            assert len(before) == 2

            async def is_replaced() -> bool:
                return len({each.pid for each in service.workers()} - before) == 1

            await ledger.reach(2 * QUARTER)
            with ledger.outage("worker killed"):
                service.workers()[0].kill()
                await until(is_replaced, 10)

        yield Rig(service.client, url, service.log, interrupt)


@asynccontextmanager
async def two_hosts(servers: Pair, folder: Path) -> AsyncIterator[Rig]:
    """Let the primary crash at the half, and promote the standby."""

    servers.confirm_commits()
    async with served(servers.url, folder, token_required=True) as service:

        async def interrupt(ledger: Mixed) -> None:
            await ledger.reach(2 * QUARTER)
            with ledger.outage("failover"):
                await servers.fail_over()
            await recovery(ledger, service.client)

        yield Rig(service.client, servers.url, service.log, interrupt)


@asynccontextmanager
async def behind_a_forwarder(servers: Pair, folder: Path) -> AsyncIterator[Rig]:
    """Cut its connections, freeze it, and redirect it to the standby for a while."""
    primary, standby = servers.primary.url, servers.standby.url
    async with (
        forwarded(primary) as forwarder,
        served(forwarder.url, folder, token_required=True) as service,
    ):
        interrupt = partial(_trouble, forwarder, primary, standby, service.client)
        yield Rig(service.client, primary, service.log, interrupt)


async def _trouble(
    forwarder: Forwarder, primary: URL, standby: URL, client: AsyncClient, ledger: Mixed
) -> None:
    await ledger.reach(QUARTER)
    with ledger.outage("cut"):
        await forwarder.refuse()
        await ledger.answers(503, times=4)
        await forwarder.forward()
    await recovery(ledger, client)
    await ledger.reach(2 * QUARTER)
    with ledger.outage("frozen"):
        forwarder.freeze()
        await asyncio.sleep(FROZEN_SECONDS)
        await forwarder.forward()
    await ledger.reach(3 * QUARTER)
    with ledger.outage("redirected to a standby"):
        forwarder.redirect(standby)
        forwarder.cut()
        # The first ones are of connections that were cut, the others of sessions on the standby,
        # which stay open.
        await ledger.answers(503, times=2 * WRITERS, seconds=20)
        forwarder.redirect(primary)
    await recovery(ledger, client)


@asynccontextmanager
async def with_a_replica(servers: Pair, folder: Path) -> AsyncIterator[Rig]:
    """Let the replica stop to replay, then go away and come back."""
    urls = servers.primary.url, servers.standby.url
    async with served(urls[0], folder, token_required=True, database_read_url=urls[1]) as service:

        async def interrupt(ledger: Mixed) -> None:
            await ledger.reach(QUARTER)
            servers.pause_replay()  # interrupts nothing: who has written reads the primary
            await ledger.reach(2 * QUARTER)
            servers.resume_replay()
            with ledger.outage("replica away"):
                await asyncio.to_thread(servers.standby.stop)
                await ledger.reach(3 * QUARTER)
                await asyncio.to_thread(servers.standby.start)

        yield Rig(service.client, servers.primary.url, service.log, interrupt)
