"""A connection comes back in a known state, wherever its block or its caller ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from itertools import count

import pytest
from sqlmodel import col, select

from src.core.database import Database
from src.core.driver import driver_of
from src.core.errors import AwayError
from src.core.observer import Observer
from src.core.postgres import CURSOR_OF, CURSORS
from src.core.queries import Query
from src.core.sessions import LazyAsyncSession
from src.core.settings import Settings
from tests.databases import create_tables, make_empty
from tests.things import Thing, ThingCreate, ThingQuery, ThingService

pytestmark = pytest.mark.usefixtures("shared_concurrent_app")  # has made the tables

type Work = Callable[[Database], Coroutine[None, None, object]]


class Pools(Observer):
    def __init__(self) -> None:
        self.used = Counter[str]()

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        if state != "size":
            self.used[pool] += change


@pytest.fixture
def pools() -> Pools:
    return Pools()


@pytest.fixture
async def database(concurrent_settings: Settings, pools: Pools) -> AsyncIterator[Database]:
    database = Database(concurrent_settings, [pools])
    await create_tables(database)
    await make_empty(database)
    yield database
    await database.dispose()


class CancelledAt:
    """Runs a coroutine in a task that is cancelled where it waits for the n-th time."""

    def __init__(self, coroutine: Coroutine[None, None, object], n: int) -> None:
        self._coroutine, self._left = coroutine, n

    def __await__(self) -> Generator[object, None, object]:
        error: BaseException | None = None
        while True:
            try:
                step = self._coroutine.throw(error) if error else self._coroutine.send(None)
            except StopIteration as end:
                return end.value
            self._left -= 1
            task = asyncio.current_task()
            if self._left == 0 and task:
                task.cancel()
            try:
                yield step
                error = None
            except BaseException as raised:  # noqa: BLE001  # it is the coroutine's
                error = raised


async def is_cancelled_at(coroutine: Coroutine[None, None, object], n: int) -> bool:
    async def run() -> None:
        await CancelledAt(coroutine, n)

    (result,) = await asyncio.gather(asyncio.create_task(run()), return_exceptions=True)
    assert result is None or isinstance(result, asyncio.CancelledError)
    return result is not None


async def names(database: Database) -> set[str]:
    async with database.reading() as session:
        page = await ThingService(session).find(ThingQuery(limit=100))
    return {each.name for each in page.items}


async def add(database: Database, name: str) -> None:
    async with database.writing() as session:
        await ThingService(session).create(ThingCreate(name=name))


async def read_by_session(database: Database) -> None:
    async with database.reading() as session:
        await (await session.connection()).exec_driver_sql("SELECT 1")


async def write_by_session(database: Database) -> None:
    async with database.writing() as session:
        await (await session.connection()).exec_driver_sql("UPDATE things SET version = 9")


@pytest.mark.parametrize(
    "work", [names, read_by_session, write_by_session, lambda db: add(db, "cancelled")]
)
async def test_cancelled_caller_leaves_nothing_behind(
    database: Database, pools: Pools, work: Work
) -> None:
    kept = []
    for n in count(1):
        was_cancelled = await is_cancelled_at(work(database), n)
        assert not pools.used.total()
        await add(database, f"after {n}")
        if "cancelled" in await names(database):
            kept.append(n)
        if not was_cancelled:
            break
        async with database.writing() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("DELETE FROM things WHERE name = 'cancelled'")
    # The last wait is for the commit: it may be too late to take it back.
    assert {*kept} <= {n - 1, n}
    assert await names(database) == {f"after {each}" for each in range(1, n + 1)} | (
        {"cancelled"} if n in kept else set()
    )


@pytest.mark.parametrize("opened", [Database.reading, Database.writing])
async def test_exception_in_a_block_returns_the_connection(
    database: Database, pools: Pools, opened: Callable[[Database], Awaitable[object]]
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with opened(database):  # type: ignore[attr-defined]  # both are context managers
            1 / 0  # noqa: B018

    assert not pools.used.total()


async def test_commit_on_a_dead_connection_is_an_error_and_frees_its_place(
    database: Database, pools: Pools
) -> None:
    with pytest.raises(AwayError):
        async with database.writing() as session:
            await ThingService(session).create(ThingCreate(name="lost"))
            assert isinstance(session, LazyAsyncSession)
            if session.lent.dialect.name == "sqlite":
                pytest.skip("SQLite has no server that could close a connection")
            await driver_of(session.lent).close()

    assert not pools.used.total()
    assert await names(database) == set()
    await add(database, "after")
    assert await names(database) == {"after"}


async def test_session_is_set_up_only_when_it_is_used(database: Database) -> None:
    async with database.reading() as session:
        assert isinstance(session, LazyAsyncSession)
        await ThingService(session).find(ThingQuery())
        assert not session.is_used
        assert not session.new
        assert session.is_used
        assert session.sync_session.bind is session.get_bind()
        assert not hasattr(session, "missing")


async def test_cursors_of_a_connection_are_bounded_and_keep_no_rows(database: Database) -> None:
    await add(database, "thing")
    async with database.reading() as session:
        assert isinstance(session, LazyAsyncSession)
        cursor_of = session.lent.info.get(CURSOR_OF)
        if cursor_of is None:
            pytest.skip("the driver of SQLite makes its cursors itself")
        queries = [Query(select(col(Thing.name).label(f"name_{n}"))) for n in range(CURSORS + 9)]
        for query in queries:
            assert await query.rows(session) == [["thing"]]

        assert cursor_of.cache_info().currsize == CURSORS
        assert cursor_of(str(queries[-1]._compiled["postgresql"]._sql)).pgresult.ntuples == 0
