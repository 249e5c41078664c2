"""Memory of the service, as a process of its own, while it answers requests of all shapes.

Run ``python -m workshop.fuzz.memory [requests] [address of a PostgreSQL database]``.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from random import Random
from urllib.parse import quote

from sqlalchemy import URL, make_url

import tests.environment  # noqa: F401  # no database but one of its own, before any code is loaded
from tests.apps import make_settings, running
from tests.callers import Caller
from tests.databases import build
from tests.fixtures import PLUGINS
from tests.operations import HERE, JSON_TYPE, Operation
from workshop.fuzz import costly
from workshop.fuzz.test_cost import DOCUMENT, Sent
from workshop.rigs.clients import HOST
from workshop.rigs.service import served
from workshop.rigs.wire import connected

STEPS = 20
CHOICE = Random(1)  # noqa: S311  # the same run each time
SHAPES = {
    **costly.SMALL_VALUES,
    **{f"large {n}": v for n, v in costly.VALUES.items() if len(n) < 9},
}


def megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


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


async def status_of(port: int, sent: Sent) -> int:
    """Send the request by hand: no client would send some of these headers."""
    own = {"Host": HOST.encode(), "Content-Type": JSON_TYPE.encode()}
    own |= {"Content-Length": str(len(sent.body)).encode()} if sent.body else {}
    own |= dict(sent.headers)
    target = quote(sent.path).encode() + b"?" + sent.query
    lines = [sent.method.upper().encode() + b" " + target + b" HTTP/1.1"]
    lines += [name.encode() + b": " + value for name, value in own.items()]
    async with connected(port) as (reader, writer):
        writer.write(b"\r\n".join([*lines, b"", b""]) + sent.body)
        return int((await reader.readline()).split()[1])


async def run(requests: int, url: URL, folder: Path) -> None:
    build(url)
    async with running(make_settings(url)) as app, served(url, folder) as service:
        caller = Caller(app, service.client)
        for number in range(requests + 1):
            if number % (requests // STEPS) == 0:
                print(f"{number} requests: {megabytes(service.process.pid):.1f} MB", flush=True)
            if number % 100 == 0:
                await caller.forget()
            operation = CHOICE.choice(DOCUMENT.operations)
            status = await status_of(service.port, await sent_to(caller, operation))
            assert status < 500, (operation, status)
            if status < 300 and operation.method == "delete":
                await caller.forget()


def main(arguments: Sequence[str]) -> None:
    for plugin in PLUGINS:  # some change settings
        import_module(plugin)
    with tempfile.TemporaryDirectory() as folder:
        requests = int(arguments[0]) if arguments else 100_000
        url = make_url(arguments[1] if arguments[1:] else f"sqlite+aiosqlite:///{folder}/memory.db")
        asyncio.run(run(requests, url, Path(folder)))


if __name__ == "__main__":
    main(sys.argv[1:])
