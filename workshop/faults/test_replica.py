"""Reads from a real standby: what anybody was told is written is read, whatever the lag."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from src.core.database import Database
from src.core.errors import AwayError
from src.core.observer import Observer
from src.core.replica import RETURN_SECONDS
from tests.apps import make_settings
from tests.databases import build
from tests.things import ThingCreate, ThingService
from workshop.rigs.clients import run_sql, until
from workshop.rigs.postgres import Pair, pair

READS = 300
AT_ONCE = 4


@dataclass
class Count(Observer):
    fallbacks: Counter[str] = field(default_factory=Counter)
    lag: float = -1
    """Bytes that the standby lacked when it was asked last."""

    def measured(self, name: str, value: float, /, **_: str) -> None:
        if name == "database_replica_lag_bytes":
            self.lag = value

    def fell_back(self, reason: str) -> None:
        self.fallbacks[reason] += 1


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with pair() as servers:
        build(servers.primary.url)
        yield servers


@pytest.fixture
def count() -> Count:
    return Count()


@pytest.fixture
async def workers(servers: Pair, count: Count) -> AsyncIterator[list[Database]]:
    """Yield two, as two processes would have them; a client's next request may reach either."""
    settings = make_settings(
        servers.primary.url, database_read_url=servers.standby.url, database_pool_size=AT_ONCE
    )
    workers = [Database(settings, [count]) for _ in range(2)]
    for each in workers:
        await each.warm()
    yield workers
    for each in workers:
        await each.dispose()


async def create(database: Database) -> UUID:
    async with database.writing() as session:
        return (await ThingService(session).create(ThingCreate(name=uuid4().hex))).id


async def read(database: Database, thing: UUID) -> None:
    """Raises `NotFoundError` for a row that is not there."""
    async with database.reading() as session:
        await ThingService(session).get(thing)


async def create_and_read(workers: list[Database], times: int = READS) -> None:
    async def client() -> None:
        for _ in range(times // AT_ONCE):
            thing = await create(workers[0])
            await asyncio.gather(*(read(each, thing) for each in workers))

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


async def test_new_row_is_read_while_the_standby_replays(
    workers: list[Database], count: Count
) -> None:
    await create_and_read(workers)

    print(f"{2 * READS} reads of rows just created, fallbacks: {dict(count.fallbacks)}")


async def test_new_row_is_read_while_the_standby_does_not_replay(
    servers: Pair, workers: list[Database], count: Count
) -> None:
    servers.pause_replay()
    try:
        await create_and_read(workers)
    finally:
        servers.resume_replay()

    assert count.fallbacks == {"behind": 2 * READS}
    assert count.lag > 0


async def test_standby_serves_what_it_has(servers: Pair, workers: list[Database]) -> None:
    thing = await create(workers[0])
    await until(lambda: _has(servers, thing), 10)
    before = _scans(servers)

    for _ in range(READS):
        await read(workers[0], thing)

    # Statistics of a session arrive when it is idle or ends.
    async def counted() -> bool:
        return _scans(servers) - before >= READS * 0.9

    await until(counted, 30)


async def test_replayed_position_belongs_to_its_connection(
    servers: Pair, workers: list[Database]
) -> None:
    """A restarted standby may be behind what it had replayed before."""
    await read(workers[0], await create(workers[0]))
    servers.standby.stop()
    servers.standby.start()
    servers.pause_replay()
    try:
        await create_and_read(workers, AT_ONCE)
    finally:
        servers.resume_replay()


async def test_standby_may_go_away_and_come_back(
    servers: Pair, workers: list[Database], count: Count
) -> None:
    servers.primary.stop("fast")
    servers.primary.start()  # as one that does not wait for its standby
    servers.standby.stop()

    await create_and_read(workers)

    assert count.fallbacks == {"away": 2 * READS}
    assert await workers[0].is_ready()
    servers.standby.start()

    async def serves() -> bool:
        thing = await create(workers[0])
        before = count.fallbacks.total()
        await asyncio.sleep(RETURN_SECONDS / 10)
        await read(workers[0], thing)
        return count.fallbacks.total() == before

    await until(serves, 30)
    await create_and_read(workers)


async def test_address_of_no_standby_is_read_from_the_primary(servers: Pair, count: Count) -> None:
    """Such as a standby after its promotion, whose history is another."""
    settings = make_settings(servers.primary.url, database_read_url=servers.primary.url)
    database = Database(settings, [count])

    await read(database, await create(database))

    await database.dispose()
    assert count.fallbacks == {"behind": 1}


async def test_nothing_is_read_while_the_primary_is_away(
    servers: Pair, workers: list[Database]
) -> None:
    """Consistency before availability: what the standby has might be old."""
    thing = await create(workers[0])
    servers.primary.stop()
    try:
        with pytest.raises(AwayError):
            await read(workers[0], thing)
        assert not await workers[0].is_ready()
    finally:
        servers.primary.start()

    await read(workers[0], thing)


async def _has(servers: Pair, thing: UUID) -> bool:
    return bool(run_sql(servers.standby.url, f"SELECT FROM things WHERE id = '{thing}'"))


def _scans(servers: Pair) -> int:
    rows = run_sql(
        servers.standby.url,
        "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'things'",
    )
    return int(rows[0][0])
