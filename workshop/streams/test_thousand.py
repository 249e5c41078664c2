"""A thousand streams on one worker: what they cost, how late events are, and how they end.

The tests print what they have measured: ``pytest workshop/streams -rP --show-capture=stdout``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import psutil
import pytest
from httpx import AsyncClient
from sqlalchemy import URL

from src.core.database import Database
from tests.api import THINGS, create_thing
from tests.apps import make_settings
from tests.thing_events import ThingEventService
from workshop.rigs.service import Service, served
from workshop.streams.watchers import Watcher, all_of, watching

STREAMS = 1_000
EVENTS = 20
ROUNDS, GETS = 9, 300


@asynccontextmanager
async def streaming(url: URL, folder: Path) -> AsyncIterator[Service]:
    async with served(url, folder, max_streams=STREAMS, max_streams_per_owner=STREAMS) as service:
        yield service


@asynccontextmanager
async def writer(url: URL) -> AsyncIterator[ThingEventService]:
    """Write events as another process does."""
    database = Database(make_settings(url))
    yield ThingEventService(database)
    await database.dispose()


async def watchers_of(client: AsyncClient, things: int) -> tuple[list[UUID], list[Watcher]]:
    ids = [(await create_thing(client))["id"] for _ in range(things)]
    paths = [f"{THINGS}/{ids[n % things]}/events" for n in range(STREAMS)]
    return [UUID(each) for each in ids], [Watcher(path) for path in paths]


def memory_of(service: Service) -> int:
    return int(psutil.Process(service.process.pid).memory_info().rss)


def cpu_of(service: Service) -> float:
    times = psutil.Process(service.process.pid).cpu_times()
    return float(times.user + times.system)


@pytest.mark.parametrize("things", [1, STREAMS])
async def test_streams_are_small_and_events_are_quick(
    url: URL, tmp_path: Path, things: int
) -> None:
    async with streaming(url, tmp_path) as service, writer(url) as events:
        ids, watchers = await watchers_of(service.client, things)
        some = [Watcher(f"{THINGS}/{ids[0]}/events") for _ in range(50)]
        async with watching(service.port, some):
            pass  # what is needed once
        before, cpu = memory_of(service), cpu_of(service)
        async with watching(service.port, watchers):
            opened = cpu_of(service) - cpu
            size = (memory_of(service) - before) / STREAMS / 1024
            cpu = cpu_of(service)
            await asyncio.sleep(20)
            idle = (cpu_of(service) - cpu) / 20
            cpu = cpu_of(service)
            late = await lateness(events, ids, watchers)
            spent = (cpu_of(service) - cpu) / (EVENTS * STREAMS) * 1e6
            assert {each.status for each in watchers} == {200}
            seconds = await stopped(service, watchers)
    log = service.log.read_text(encoding="utf-8")
    print(
        f"{things} things: {size:.1f} KB each, {opened:.2f} s of CPU to open, {idle:.1%} CPU idle, "
        f"{spent:.0f} us per event; late by {median(late):.3f} s, p99 {quantiles(late, n=100)[98]:.3f} s; "
        f"ended {seconds:.2f} s after SIGTERM"
    )
    assert size <= 40
    assert idle <= 0.05
    assert quantiles(late, n=100)[98] <= 1
    assert seconds <= 1
    assert not [line for line in log.splitlines() if "ERROR" in line or "Traceback" in line]


async def lateness(
    events: ThingEventService, ids: Sequence[UUID], watchers: Sequence[Watcher]
) -> list[float]:
    """Return the seconds from each commit to each client."""
    committed: list[dict[int, float]] = [{} for _ in ids]
    for n in range(1, EVENTS + 1):
        started = time.monotonic()
        for thing, times in zip(ids, committed, strict=True):
            await events.add(thing, "step")
            times[n] = time.monotonic()
        await asyncio.sleep(max(0, 0.5 - (time.monotonic() - started)))
    await all_of(watchers, lambda each: len(each.events) == EVENTS, 60)
    for each in watchers:
        assert [seq for seq, _ in each.events] == [*range(1, EVENTS + 1)]
    return [
        arrived - committed[n % len(ids)][seq]
        for n, each in enumerate(watchers)
        for seq, arrived in each.events
    ]


async def stopped(service: Service, watchers: Sequence[Watcher]) -> float:
    """Return the seconds from SIGTERM to the end of the last stream."""
    cpu, signalled = cpu_of(service), time.monotonic()
    service.process.terminate()
    await all_of(watchers, lambda each: each.ended != 0, 10)
    print(f"{cpu_of(service) - cpu:.2f} s of CPU to end")
    assert all(each.is_told_to_come_back and each.has_end for each in watchers)
    await service.exit_within(10)
    return max(each.ended for each in watchers) - signalled


async def test_other_requests_do_not_feel_open_streams(url: URL, tmp_path: Path) -> None:
    """Two services take turns, and only one of them has streams."""
    (tmp_path / "without").mkdir()
    async with (
        streaming(url, tmp_path) as with_streams,
        served(url, tmp_path / "without") as without,
    ):
        [thing, *_], watchers = await watchers_of(with_streams.client, 1)
        async with watching(with_streams.port, watchers):
            path = f"{THINGS}/{thing}"
            cpu = cpu_of(with_streams), cpu_of(without)
            pairs = [
                (await p99(with_streams.client, path), await p99(without.client, path))
                for _ in range(ROUNDS)
            ]
            spent = [
                (cpu_of(each) - before) / (ROUNDS * GETS) * 1e6
                for each, before in zip((with_streams, without), cpu, strict=True)
            ]
    ratio = median(one / another for one, another in pairs)
    print("p99 in ms: " + ", ".join(f"{1e3 * a:.2f} / {1e3 * b:.2f}" for a, b in pairs))
    print(f"p99 with the streams is {ratio:.2f} times the p99 without")
    print("CPU of the worker per GET: {:.0f} us with them, {:.0f} without".format(*spent))
    assert ratio <= 1.2


async def p99(client: AsyncClient, path: str) -> float:
    seconds = []
    for _ in range(GETS):
        started = time.perf_counter()
        assert (await client.get(path)).status_code == 200
        seconds.append(time.perf_counter() - started)
    return quantiles(seconds, n=100)[98]
