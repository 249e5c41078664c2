"""The set-ups with two servers of PostgreSQL, each with what interrupts it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from httpx import AsyncClient
from sqlalchemy import URL

from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.mixed import Mixed
from workshop.rigs.postgres import Pair
from workshop.rigs.run import QUARTER, SETTINGS, WRITERS, Rig, recovery
from workshop.rigs.service import served

FROZEN_SECONDS = 1
"""Shorter than each limit of the service: a pause that it gets over."""


@asynccontextmanager
async def two_hosts(servers: Pair, folder: Path) -> AsyncIterator[Rig]:
    """Let the primary crash at the half, and promote the standby."""

    servers.confirm_commits()
    async with served(servers.url, folder, **SETTINGS) as service:

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
    servers.confirm_commits()  # a standby that lags would answer with rows that are deleted
    async with (
        forwarded(primary) as forwarder,
        served(forwarder.url, folder, **SETTINGS) as service,
    ):
        interrupt = partial(_trouble, forwarder, primary, standby, service.client)
        yield Rig(service.client, primary, service.log, interrupt)


async def _trouble(
    forwarder: Forwarder, primary: URL, standby: URL, client: AsyncClient, ledger: Mixed
) -> None:
    await ledger.reach(QUARTER)
    with ledger.outage("cut"):
        await forwarder.refuse()
        await ledger.refuse(4)
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
        await ledger.refuse(2 * WRITERS)
        forwarder.redirect(primary)
    await recovery(ledger, client)


@asynccontextmanager
async def with_a_replica(servers: Pair, folder: Path) -> AsyncIterator[Rig]:
    """Let the replica stop to replay, then go away and come back."""
    urls = servers.primary.url, servers.standby.url
    async with served(urls[0], folder, database_read_url=urls[1], **SETTINGS) as service:

        async def interrupt(ledger: Mixed) -> None:
            await ledger.reach(QUARTER)
            servers.pause_replay()  # interrupts nothing: who has written reads the primary
            await ledger.reach(2 * QUARTER)
            servers.resume_replay()
            with ledger.outage("replica stopped"):
                await asyncio.to_thread(servers.standby.stop)
            await ledger.reach(3 * QUARTER)
            await asyncio.to_thread(servers.standby.start)

        yield Rig(service.client, servers.primary.url, service.log, interrupt)
