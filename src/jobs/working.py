"""A worker, from its start to its end."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from src.core.database import Database
from src.core.observer import Observer
from src.core.settings import Settings
from src.jobs import polling
from src.jobs.handlers import AnyHandler
from src.jobs.housekeeping import chores_of, keep_house
from src.jobs.keeper import Keeper
from src.jobs.lanes import Lane
from src.jobs.runner import Runner

PARENT_SECONDS = 0.5


async def work(
    settings: Settings,
    handlers: Mapping[str, AnyHandler],
    lanes: Sequence[Lane],
    grace: float,
    parent: int | None = None,
    observers: Sequence[Observer] = (),
) -> None:
    """Run jobs until SIGTERM, or until the parent process ends."""
    database = Database(settings, observers)
    runner = Runner(database, settings, handlers, observers)
    stopping = _stopping()
    keeper = Keeper(runner)
    background = [keeper.keep(), keeper.watch(), keep_house(chores_of(runner, settings))]
    if parent is not None:
        background.append(_watch(parent, stopping))
    tasks = [asyncio.create_task(each) for each in background]
    carrying = asyncio.gather(*_carriers(settings, runner, lanes, stopping))
    try:
        ends: list[asyncio.Future[Any]] = [carrying, *tasks]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        await carrying
        await runner.drain(grace)
        for each in tasks:
            if each.done():
                each.result()  # raises the bug that has ended it
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks)
        await database.dispose()


def _stopping() -> asyncio.Event:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    return stopping


def _carriers(
    settings: Settings, runner: Runner, lanes: Sequence[Lane], stopping: asyncio.Event
) -> list[Coroutine[None, None, None]]:
    if settings.database_url.get_backend_name() == "sqlite":
        return [polling.carry(runner, lane, stopping) for lane in lanes]
    from src.jobs import procrastinate  # its import is slow

    return [procrastinate.carry(runner, settings, lane, stopping) for lane in lanes]


async def _watch(parent: int, stopping: asyncio.Event) -> None:
    """Stop when the parent has ended, also if it was killed."""
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_SECONDS)
    stopping.set()
