"""Announcements between processes, and how a process notices that it hears none."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import URL

from src.core import listening
from src.core.addresses import libpq_arguments
from src.core.announcing import announce
from src.core.database import Database
from src.core.engines import create_opener
from src.core.errors import AwayError
from src.core.listening import Listener
from src.core.pool import ConnectionPool
from src.core.settings import Settings
from tests.apps import make_settings

NEWS = "news"
LISTENERS = (
    "pg_stat_activity "
    "WHERE application_name = current_setting('application_name') AND query LIKE 'LISTEN %'"
)
END = f"SELECT count(pg_terminate_backend(pid)) FROM {LISTENERS}"  # noqa: S608
COUNT = f"SELECT count(*) FROM {LISTENERS}"  # noqa: S608


class Reader:
    """Keeps what it heard, and what it may have missed as a dash."""

    def __init__(self) -> None:
        self.told = list[str]()

    def heard(self, payload: str) -> None:
        self.told.append(payload)

    def missed(self) -> None:
        self.told.append("-")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
def server(postgres_url: URL | None, monkeypatch: pytest.MonkeyPatch) -> URL:
    """Return the server's address, with a name by which a test tells its connections apart."""
    if postgres_url is None:
        pytest.skip("SQLite has one process, which hears itself.")
    monkeypatch.setattr(listening, "LEASE_SECONDS", 60)  # no machine is so slow
    return postgres_url.update_query_dict({"application_name": uuid4().hex})


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[tuple[Database, Reader]]:
    """Yield a database, as each process has one, and a subscriber to its news."""
    database, reader = Database(settings), Reader()
    database.listener.subscribe(NEWS, reader)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.dispose)
        await stack.enter_async_context(database.listener.running())
        yield database, reader


async def tell(database: Database, payload: str) -> None:
    async with database.writing() as session:
        announce(session, NEWS, payload)


async def run(server: URL, query: str) -> int:
    arguments = libpq_arguments(server)
    async with await psycopg.AsyncConnection.connect(**arguments, autocommit=True) as connection:
        (number,) = await (await connection.execute(query)).fetchone() or (0,)
    return int(number)


async def test_process_hears_itself_before_the_transaction_has_ended_for_the_caller() -> None:
    async with process(make_settings("sqlite://")) as (database, reader):
        async with database.writing() as session:
            announce(session, NEWS, "first")
            announce(session, "other news", "never")
            assert reader.told == []
        assert reader.told == ["first"]
        assert database.listener.is_alive


async def test_nothing_is_heard_of_what_is_rolled_back() -> None:
    async with process(make_settings("sqlite://")) as (database, reader):
        with pytest.raises(RuntimeError, match="no"):
            async with database.writing() as session:
                announce(session, NEWS, "never")
                raise RuntimeError("no")
        assert reader.told == []


async def test_commit_that_fails_may_have_succeeded(
    server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise psycopg.OperationalError

    async with process(make_settings(server)) as (database, reader):
        await tell(database, "before")
        monkeypatch.setattr(psycopg.AsyncConnection, "commit", fail)
        with pytest.raises(AwayError):
            await tell(database, "perhaps")
        assert [each for each in reader.told if each != "-"][-1] == "perhaps"


async def test_other_process_hears_what_is_committed(server: URL) -> None:
    settings = make_settings(server)
    async with process(settings) as (one, _), process(settings) as (another, reader):
        await until(lambda: another.listener.is_alive)
        for payload in ("first", "second"):
            await tell(one, payload)
        await until(lambda: "second" in reader.told)

    assert reader.told == ["-", "first", "second"]


async def test_killed_connection_is_noticed_and_replaced(
    server: URL, caplog: pytest.LogCaptureFixture
) -> None:
    async with process(make_settings(server)) as (database, reader):
        await until(lambda: database.listener.is_alive)
        assert await run(server, END) == 1
        await until(lambda: not database.listener.is_alive)
        await until(lambda: database.listener.is_alive)
        assert reader.told == ["-", "-"]

    assert caplog.text.count("are not heard") == caplog.text.count("are heard again") == 1


async def test_nothing_counts_as_heard_while_no_pulse_can_be_sent(
    server: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LEASE_SECONDS", 1)
    settings = make_settings(server)
    opener = create_opener(settings, settings.database_url, autocommit=True)
    pool = ConnectionPool("pulses", opener, size=1, wait_seconds=60)
    listener = Listener(settings, pool)
    listener.subscribe(NEWS, Reader())
    async with listener.running():
        await until(lambda: listener.is_alive)
        async with pool.connection():
            await until(lambda: not listener.is_alive)
    await pool.dispose()


async def test_process_that_nobody_subscribes_in_opens_no_connection(server: URL) -> None:
    database = Database(make_settings(server))
    async with database.listener.running():
        await database.is_ready()
        assert not database.listener.is_alive
    await database.dispose()


async def test_connection_ends_with_the_process(server: URL) -> None:
    async with process(make_settings(server)) as (database, _):
        await until(lambda: database.listener.is_alive)
        assert await run(server, COUNT) == 1
    assert not database.listener.is_alive
    async with asyncio.timeout(60):
        while await run(server, COUNT):
            await asyncio.sleep(0.01)


async def test_other_database_is_not_listened_to(
    server: URL, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "PULSE_SECONDS", 0.1)
    other = server.set(database="postgres")
    async with process(make_settings(server, database_listen_url=other)) as (database, _):
        await until(lambda: "does not arrive" in caplog.text)
        assert not database.listener.is_alive
