"""Memory of the service before and after requests of all shapes.

Run ``python -m workshop.fuzz.memory [requests]``; 100,000 take some minutes.
"""

import asyncio
import gc
import resource
import sys
from importlib import import_module
from pathlib import Path
from random import Random

import tests.environment  # noqa: F401  # no database but one of its own, before any code is loaded
from tests.apps import client_of, make_settings, running
from tests.callers import Caller
from tests.fixtures import PLUGINS
from tests.operations import HERE, Operation
from workshop.fuzz import costly
from workshop.fuzz.test_cost import DOCUMENT, Sent, cost

CHOICE = Random(1)  # noqa: S311  # the same run each time
SHAPES = {
    **costly.SMALL_VALUES,
    **{f"large {n}": v for n, v in costly.VALUES.items() if len(n) < 9},
}


def megabytes() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize() / 1e6


async def sent_to(caller: Caller, operation: Operation) -> Sent:
    path = operation.path.format(**await caller.path(operation))
    query, body = b"", await caller.content(operation)
    headers: tuple[tuple[str, bytes], ...] = ()
    match CHOICE.choice(["query", "parameter", "header", "body", "key"]):
        case "query":
            query = CHOICE.choice([*costly.QUERIES.values()])
        case "parameter":
            names = operation.names("query") or ["limit"]
            chosen = CHOICE.sample(names, CHOICE.randint(1, len(names)))
            query = "&".join(f"{name}={CHOICE.randint(0, 10**6)}" for name in chosen).encode()
        case "header":
            headers = (CHOICE.choice([*costly.HEADERS.values()]),)
        case "body" if operation.body:
            place = CHOICE.choice(DOCUMENT.places(operation.body))
            whole = await caller.content(operation, place)
            body = whole.replace(f'"{HERE}"'.encode(), CHOICE.choice([*SHAPES.values()]))
        case "key":
            headers = (("Idempotency-Key", CHOICE.randbytes(16).hex().encode()),)
    return Sent("", operation.method, path, query, headers, body)


async def run(requests: int) -> None:
    async with running(make_settings("sqlite://")) as app, client_of(app) as client:
        caller = Caller(app, client)
        await caller.forget()
        for number in range(requests + 1):
            if number % (requests // 10) == 0:
                print(f"{number} requests: {megabytes():.1f} MB", flush=True)
            operation = CHOICE.choice(DOCUMENT.operations)
            _, status = await cost(app, await sent_to(caller, operation))
            assert status < 500, (operation, status)
            if status < 300 and operation.method == "delete" or number % 100 == 0:
                await caller.forget()


if __name__ == "__main__":
    for plugin in PLUGINS:  # some change settings
        import_module(plugin)
    asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
