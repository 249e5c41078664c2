"""Where the time of a request goes: the share of each library and of each module of ours.

Requests are made in this process, without a server; a timer of CPU time looks every millisecond
whose code is at work. What is written in C counts for the code that called it.
Run: ``python -m workshop.benchmarks.profile > workshop/benchmarks/results/profile.md``.
"""

import logging
import os
import signal
import sysconfig
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from types import FrameType

import uvloop

import tests.environment  # noqa: F401  # before all else
from tests.api import THINGS
from tests.apps import ServiceSettings, running
from workshop.benchmarks.databases import postgresql
from workshop.benchmarks.protections import request

SECONDS = 5
SHOWN = 18
_LIBRARIES = Path(sysconfig.get_path("purelib"))
_OURS = Path("src").resolve()

type Send = Callable[[], Awaitable[object]]


def owner_of(frame: FrameType | None) -> str:
    path = Path(frame.f_code.co_filename if frame else "")
    if path.is_relative_to(_OURS):
        return path.relative_to(_OURS.parent).as_posix()
    if path.is_relative_to(_LIBRARIES):
        return path.relative_to(_LIBRARIES).parts[0]
    return (
        f"Python: {path.parent.name if path.parent.name in ('asyncio', 'logging') else path.stem}"
    )


async def sampled(send: Send) -> tuple[Counter[str], float]:
    """Samples by owner, and microseconds of CPU per request."""
    samples, requests = Counter[str](), 0
    for _ in range(200):
        await send()

    def note(_: int, frame: FrameType | None) -> None:
        samples[owner_of(frame)] += 1

    signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, 0.001, 0.001)
    started, cpu = time.monotonic(), time.process_time()
    while time.monotonic() - started < SECONDS:
        await send()
        requests += 1
    signal.setitimer(signal.ITIMER_PROF, 0)
    return samples, (time.process_time() - cpu) / requests * 1e6


async def main() -> None:
    with postgresql() as new_database, new_database() as url:
        logging.basicConfig(level=logging.INFO, filename=os.devnull, force=True)
        values = {
            "database_url": url,
            "allowed_hosts": ["test"],
            "metrics": True,
            "token_required": False,
            "environment": "development",
        }
        async with running(ServiceSettings.model_validate(values)) as app:
            numbers = count()

            async def create() -> dict[str, str]:
                return await request(app, "POST", THINGS, {"name": str(next(numbers))})

            path = (await create())["location"]
            operations: dict[str, Send] = {
                "create": create,
                "get": lambda: request(app, "GET", path),
                "list": lambda: request(app, "GET", THINGS),
                "patch": lambda: request(app, "PATCH", path, {"description": str(next(numbers))}),
            }
            for name, send in operations.items():
                show(name, *await sampled(send))


def show(name: str, samples: Counter[str], microseconds: float) -> None:
    print(f"\n| {name}: {microseconds:.0f} us, of that in | % |\n| --- | --- |")
    for owner, times in samples.most_common(SHOWN):
        print(f"| {owner} | {100 * times / samples.total():.1f} |")


if __name__ == "__main__":
    uvloop.run(main())
