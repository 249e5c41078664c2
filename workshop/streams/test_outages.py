"""Streams while PostgreSQL is away: they stay, and miss nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import URL

from tests.api import THINGS, create_thing
from workshop.rigs.forwarder import Forwarder, forwarded
from workshop.rigs.service import served
from workshop.streams.test_thousand import writer
from workshop.streams.watchers import Watcher, all_of, watching

STREAMS = 60
SECONDS = 25
SETTINGS: dict[str, Any] = {"max_streams_per_owner": STREAMS}


async def freeze(forwarder: Forwarder) -> None:
    forwarder.freeze()


async def swallow(forwarder: Forwarder) -> None:
    forwarder.swallow()


@pytest.mark.parametrize("fail", [freeze, swallow, Forwarder.refuse])
async def test_streams_outlive_an_outage(
    postgres: URL | None, url: URL, tmp_path: Path, fail: Callable[[Forwarder], Awaitable[None]]
) -> None:
    if postgres is None:
        pytest.skip("SQLite has no server that could be away.")
    async with (
        forwarded(url) as forwarder,
        served(forwarder.url, tmp_path, **SETTINGS) as service,
        writer(url) as events,
    ):
        things = [UUID((await create_thing(service.client))["id"]) for _ in range(3)]
        watchers = [Watcher(f"{THINGS}/{things[n % 3]}/events") for n in range(STREAMS)]
        async with watching(service.port, watchers):
            await fail(forwarder)
            for thing in things:
                await events.add(thing, "step", "step")
            await asyncio.sleep(SECONDS)
            assert not any(each.is_closed or each.events for each in watchers)
            await forwarder.forward()
            for thing in things:
                await events.add(thing, "step")
            await all_of(watchers, lambda each: len(each.events) == 3, 60)
            assert not any(each.is_closed for each in watchers)
            for each in watchers:
                assert [seq for seq, _ in each.events] == [1, 2, 3]
    log = service.log.read_text(encoding="utf-8")
    assert not [line for line in log.splitlines() if "ERROR" in line or "Traceback" in line], log
