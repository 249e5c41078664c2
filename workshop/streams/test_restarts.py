"""Clients that resume by Last-Event-ID miss nothing and get nothing twice, however often the
service stops: half of the time it is told to, half of the time it is killed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from sqlalchemy import URL

from tests.api import THINGS, create_thing
from tests.thing_events import END, ThingEventService
from workshop.rigs.clients import HOST, free_port
from workshop.rigs.service import served
from workshop.streams.test_thousand import writer
from workshop.streams.watchers import Watcher, made

RESTARTS = 100
THINGS_WATCHED, FOLLOWERS = 3, 12


async def follow(port: int, thing: UUID, has_ended: asyncio.Event) -> tuple[list[int], int]:
    """Return the ids of all events, and how often the stream was taken up again."""
    seen: list[int] = []
    connections = 0
    loop = asyncio.get_running_loop()
    while True:
        watcher = Watcher(f"{THINGS}/{thing}/events", last=seen[-1] if seen else 0)
        final = has_ended.is_set()
        with suppress(OSError):
            await loop.create_connection(made(watcher), HOST, port)
            while not (watcher.is_closed or watcher.has_end):
                await asyncio.sleep(0.02)
            watcher.transport.abort()
            connections += watcher.status == 200
        seen += [seq for seq, _ in watcher.events]
        if final and watcher.has_end and not watcher.is_told_to_come_back:
            return seen, connections
        await asyncio.sleep(0.05)


async def write(events: ThingEventService, things: Sequence[UUID], has_ended: asyncio.Event) -> int:
    """Return the number of events of each thing."""
    count = 0
    while not has_ended.is_set():
        for thing in things:
            await events.add(thing, "step")
        count += 1
        await asyncio.sleep(0.02)
    for thing in things:
        await events.add(thing, END)
    return count + 1


async def test_streams_resume_over_a_hundred_restarts(url: URL, tmp_path: Path) -> None:
    port, has_ended = free_port(), asyncio.Event()
    async with served(url, tmp_path, port=port) as service:
        things = [UUID((await create_thing(service.client))["id"]) for _ in range(THINGS_WATCHED)]
    async with writer(url) as events, asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(write(events, things, has_ended))
        followers = [
            tasks.create_task(follow(port, things[n % THINGS_WATCHED], has_ended))
            for n in range(FOLLOWERS)
        ]
        for n in range(RESTARTS):
            async with served(url, tmp_path, port=port) as service:
                await asyncio.sleep(0.3)
                if n % 2:
                    service.process.terminate()
                    await service.exit_within(10)
        has_ended.set()
        async with served(url, tmp_path, port=port):
            await asyncio.wait(followers, timeout=60)
    count = writing.result()
    results = [each.result() for each in followers]
    taken_up = sum(connections for _, connections in results)
    print(f"{count} events of {THINGS_WATCHED} things, streams taken up {taken_up} times")
    for seen, _ in results:
        assert seen == [*range(1, count + 1)]
    assert taken_up >= FOLLOWERS * RESTARTS / 2
    log = service.log.read_text(encoding="utf-8")
    assert not [line for line in log.splitlines() if "ERROR" in line or "Traceback" in line]
