"""The engines that bring jobs to a worker, in the process of the tests."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.core.observer import Observer
from src.jobs import polling, procrastinate
from src.jobs.gauges import Gauges
from src.jobs.handlers import Handler, found
from src.jobs.housekeeping import chores_of
from src.jobs.keeper import Keeper
from src.jobs.lanes import Lane
from src.jobs.runner import Runner
from src.jobs.work import Work
from src.jobs.working import work
from src.models.base import utc_now
from src.services.developer import DEVELOPER
from src.services.job import JobService
from tests.jobs import SQUARE, Jobs, Task

LANE = Lane(tuple(SQUARE.queues), places=2)
AWAY, BACK = "procrastinate_jobs RENAME TO away", "away RENAME TO procrastinate_jobs"
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def jobs(shared_concurrent_app: FastAPI, concurrent_client: AsyncClient) -> Jobs:
    """Return jobs of an app with several connections, whose database is empty."""
    return Jobs(shared_concurrent_app)


def engine(jobs: Jobs, lane: Lane = LANE) -> tuple[asyncio.Task[None], asyncio.Event]:
    settings, stopping = jobs.settings, asyncio.Event()
    if settings.database_url.get_backend_name() == "sqlite":
        carrying = polling.carry(jobs.runner, lane, stopping)
    else:
        carrying = procrastinate.carry(jobs.runner, settings, lane, stopping)
    return asyncio.create_task(carrying), stopping


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.01)


async def succeeded(jobs: Jobs) -> int:
    ((count,),) = await jobs.sql("SELECT count(*) FROM jobs WHERE status = 'succeeded'")
    return int(count)


async def test_jobs_run_that_are_there_and_that_come(jobs: Jobs) -> None:
    await jobs.add(number=1)
    carrying, stopping = engine(jobs)

    async def has(count: int) -> bool:
        return await succeeded(jobs) == count

    await until(lambda: has(1))
    await jobs.add(number=2)
    await jobs.add(number=3, run_after=utc_now() + timedelta(seconds=0.5))
    await until(lambda: has(3))
    stopping.set()
    await carrying

    await jobs.add(number=4)
    assert await succeeded(jobs) == 3


async def test_a_lane_has_places(jobs: Jobs) -> None:
    now = most = 0
    begun, pair = asyncio.Semaphore(0), asyncio.Barrier(2)

    async def count(work: Work[Task]) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        begun.release()
        await pair.wait()
        now -= 1

    jobs.handlers[SQUARE.name] = Handler(SQUARE, count)
    for _ in range(8):
        await jobs.add()
    carrying, stopping = engine(jobs)
    for _ in range(8):
        await asyncio.wait_for(begun.acquire(), 60)
    stopping.set()
    await carrying
    await jobs.runner.drain(60)

    assert most == 2


async def test_engine_that_stops_does_not_stop_its_jobs(jobs: Jobs) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def wait(work: Work[Task]) -> None:
        begun.set()
        await go.wait()

    jobs.handlers[SQUARE.name] = Handler(SQUARE, wait)
    job = await jobs.add()
    carrying, stopping = engine(jobs)
    await asyncio.wait_for(begun.wait(), 60)
    stopping.set()
    await carrying
    go.set()
    await jobs.runner.drain(60)

    assert await succeeded(jobs) == 1
    assert job


@pytest.mark.parametrize(
    "broken", [[TERMINATE], [f"ALTER TABLE {AWAY}", f"ALTER TABLE {BACK}"]], ids=["cut", "failing"]
)
async def test_engine_outlives_what_breaks(
    jobs: Jobs, broken: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    if jobs.is_sqlite:
        pytest.skip("SQLite has no connections that break")
    await jobs.add()
    carrying, stopping = engine(jobs)

    async def has(count: int) -> bool:
        return await succeeded(jobs) == count

    async def is_quiet() -> bool:
        return await jobs.sql("SELECT 1 FROM procrastinate_jobs") == []

    await until(lambda: has(1))
    await until(is_quiet)
    for statement in broken:
        await jobs.sql(statement)
        await asyncio.sleep(2 * procrastinate.POLL_SECONDS)  # in which the engine asks
    await jobs.add()
    await until(lambda: has(2))
    stopping.set()
    await carrying

    assert "Database error." not in caplog.text  # procrastinate's own words tell no cause


async def test_job_that_writes_for_long_holds_up_no_other(jobs: Jobs) -> None:
    """Cancellations are seen meanwhile and, where there are several writers, leases extended."""
    keeper, hold, held, go = Keeper(jobs.runner), *(asyncio.Event() for _ in range(3))
    cancelled = asyncio.Event()

    async def run(work: Work[Task]) -> None:
        if work.payload.number == 0:
            await hold.wait()
            async with work.database.writing() as session:
                await work.hold(session)
                held.set()
                await go.wait()
        try:
            await go.wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    jobs.handlers[SQUARE.name] = Handler(SQUARE, run)
    writing, ended, other = [await jobs.add(number) for number in range(3)]
    tasks = [await jobs.runner.claim(SQUARE.queues) for _ in range(3)]
    async with jobs.database.writing() as session:
        await JobService(session, DEVELOPER).cancel(ended.id)
    for attempt in jobs.runner.attempts:
        attempt.extended -= 15
    before = {each.lease.id: each.extended for each in jobs.runner.attempts}
    hold.set()
    async with asyncio.timeout(60):
        await held.wait()
        ticking = asyncio.create_task(keeper.tick())
        await cancelled.wait()
        if not jobs.is_sqlite:
            await ticking
            extended = {each.lease.id: each.extended for each in jobs.runner.attempts}
            assert extended[writing.id] == before[writing.id]
            assert extended[other.id] > before[other.id]
        go.set()
        await asyncio.gather(ticking, *(each for each in tasks if each))

    assert await succeeded(jobs) == 2


async def test_chores_rescue_jobs(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    job = await jobs.add()
    await jobs.sql("UPDATE jobs SET status = 'running', lease_until = created_at")
    for name in found():  # a schedule may be due right now
        del jobs.handlers[name]

    for chore in chores_of(jobs.runner, jobs.settings):
        await chore()

    (rescued,) = [each for each in caplog.records if "lost" in each.message]
    assert vars(rescued)["fields"] == {"job_id": job.id}
    assert await jobs.run() == 1


async def test_lost_messages_are_written_anew_and_leftovers_deleted(jobs: Jobs) -> None:
    if jobs.is_sqlite:
        pytest.skip("There are no messages")
    forgotten, fresh, ended = [await jobs.add() for _ in range(3)]
    await jobs.sql("DELETE FROM procrastinate_jobs WHERE queueing_lock <> :id", id=str(ended.id))
    await jobs.sql(
        "UPDATE jobs SET run_after = now() - interval '1 hour' WHERE id = :id", id=forgotten.id
    )
    await jobs.sql("UPDATE jobs SET status = 'cancelled' WHERE id = :id", id=ended.id)
    await jobs.sql("UPDATE procrastinate_jobs SET status = 'doing'")

    assert await procrastinate.deliver_forgotten(jobs.database) == 1
    assert await procrastinate.deliver_forgotten(jobs.database) == 0
    await procrastinate.remove_leftovers(jobs.database)

    messages = await jobs.sql("SELECT queueing_lock, status::text FROM procrastinate_jobs")
    assert [*map(tuple, messages)] == [(str(forgotten.id), "todo")]
    assert fresh  # a worker may be about to take it


def test_migrations_bring_the_schema_of_the_installed_procrastinate() -> None:
    """A newer one needs a revision of its own: see alembic/plugins/jobs.py."""
    pattern = re.compile(r'migrate_procrastinate\("([^"]*)", "([^"]+)"\)')
    texts = [each.read_text(encoding="utf-8") for each in Path("alembic/versions").glob("*.py")]
    steps = sorted(step for text in texts for step in pattern.findall(text))
    newest = max(
        each.name for each in Path(str(files("procrastinate.sql"))).glob("migrations/*.sql")
    )

    assert [first for first, _ in steps] == ["", *(last for _, last in steps[:-1])]
    assert steps[-1][1] == newest.partition("_")[0]


class Noting(Observer):
    def __init__(self) -> None:
        self.noted: dict[tuple[str, ...], float] = {}

    def measured(self, name: str, value: float, /, **labels: str) -> None:
        self.noted[name, *labels.values()] = value

    def timed(self, name: str, seconds: float, /, **labels: str) -> None:
        self.noted[name, *labels.values()] = seconds


async def test_what_waits_and_runs_is_measured(jobs: Jobs) -> None:
    noting = Noting()
    gauges = Gauges(jobs.database, [noting])
    for _ in range(3):
        await jobs.add(run_after=utc_now() - timedelta(hours=1))
    (queued, running), oldest = (
        [("jobs", "square", status) for status in ("queued", "running")],
        ("jobs_oldest_seconds", "square"),
    )

    await gauges.measure()
    assert (noting.noted[queued], noting.noted[running]) == (3, 0)
    assert 3600 <= noting.noted[oldest] < 7200
    await jobs.run()
    await gauges.measure()
    assert [noting.noted[each] for each in (queued, running, oldest)] == [0, 0, 0]


async def test_ends_of_jobs_are_timed(jobs: Jobs) -> None:
    noting = Noting()
    runner = Runner(jobs.database, jobs.settings, jobs.handlers, [noting])
    await jobs.add()

    task = await runner.claim(SQUARE.queues)
    assert task
    await task

    assert noting.noted["job_duration_seconds", "square", "succeeded"] < 3600


async def test_bug_of_the_worker_ends_it(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would otherwise go on without leases, or without schedules."""

    async def fail(_: Keeper) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Keeper, "tick", fail)
    async with asyncio.timeout(60):
        with pytest.raises(ZeroDivisionError):
            await work(jobs.settings, jobs.handlers, [LANE], grace=1)
