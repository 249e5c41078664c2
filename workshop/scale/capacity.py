"""What a request costs the service and PostgreSQL, with one instance and with two: for docs/scale.md.

``python -m workshop.scale.capacity``. CPU counts, requests per second only beside each other: the
load, the instances and the server share the machine.
"""

import asyncio
import statistics
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from itertools import cycle, repeat

import psutil
import uvloop
from sqlalchemy import URL, create_engine

from workshop.benchmarks.databases import fill, fill_owned, postgresql
from workshop.benchmarks.load import connected, drive
from workshop.benchmarks.operations import OWNED_THINGS, ROWS, creates, gets, lists
from workshop.benchmarks.servers import OURS, Server, serving

CLIENTS, SECONDS, ROUNDS, WARM_UP_SECONDS = 16, 4, 5, 1
GETS, LISTS, CREATES = 7, 2, 1
"""Shares of the mix."""


@dataclass(frozen=True)
class Costs:
    service_us: float
    database_us: float
    per_second: float


def mix() -> Iterator[bytes]:
    read, listed, created = gets(OWNED_THINGS), lists(OWNED_THINGS), creates(OWNED_THINGS)
    shares = [*repeat(read, GETS), *repeat(listed, LISTS), *repeat(created, CREATES)]
    return (next(each) for each in cycle(shares))


class Postgres:
    """All processes of a server, those of connections that stay open."""

    def __init__(self, url: URL) -> None:
        engine = create_engine(url)
        with engine.connect() as connection:
            backend = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            self._server = psutil.Process(backend).parent()
        engine.dispose()

    def cpu_seconds(self) -> float:
        times = [each.cpu_times() for each in self._server.children()]
        seconds: float = sum(each.user + each.system for each in times)
        return seconds


async def measure(servers: Sequence[Server], postgres: Postgres) -> Costs:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(connected(each.port, CLIENTS)) for each in servers
        ]
        await asyncio.gather(*(drive(each, mix(), WARM_UP_SECONDS) for each in opened))
        before = sum(each.cpu_seconds() for each in servers), postgres.cpu_seconds()
        runs = await asyncio.gather(*(drive(each, mix(), SECONDS) for each in opened))
        after = sum(each.cpu_seconds() for each in servers), postgres.cpu_seconds()
    answers = sum(len(each.successes) for each in runs)
    assert answers == sum(each.answers for each in runs), "something failed"
    service, database = (b - a for a, b in zip(before, after, strict=True))
    return Costs(service / answers * 1e6, database / answers * 1e6, answers / SECONDS)


def told(name: str, rounds: Sequence[Costs]) -> str:
    service, database, rate = (
        statistics.median(getattr(each, figure) for each in rounds)
        for figure in ("service_us", "database_us", "per_second")
    )
    return f"{name}: service {service:.0f} us, PostgreSQL {database:.0f} us, {rate:.0f} requests/s"


def ratio(ones: Sequence[Costs], twos: Sequence[Costs], figure: str) -> float:
    """Within each round, where both met the same machine."""
    pairs = zip(ones, twos, strict=True)
    ratios: list[float] = [getattr(two, figure) / getattr(one, figure) for one, two in pairs]
    return statistics.median(ratios)


async def main() -> None:
    with ExitStack() as stack:
        url = stack.enter_context(stack.enter_context(postgresql())())
        fill(url, ROWS)
        fill_owned(url)
        servers = [stack.enter_context(serving("PostgreSQL", OURS, url)) for _ in range(2)]
        postgres = Postgres(url)
        ones, twos = list[Costs](), list[Costs]()
        for _ in range(ROUNDS):
            ones.append(await measure(servers[:1], postgres))
            twos.append(await measure(servers, postgres))
    print(told("one instance", ones), told("two instances", twos), sep="\n")
    for figure in ("service_us", "database_us", "per_second"):
        print(f"two / one, {figure}: {ratio(ones, twos, figure):.2f}")


if __name__ == "__main__":
    uvloop.run(main())
