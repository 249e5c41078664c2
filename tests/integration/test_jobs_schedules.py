"""Jobs of schedules, among them the purges."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from croniter import croniter  # type: ignore[import-untyped]  # the library lacks the types
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import URL, NullPool, create_engine
from sqlmodel import Session, select

from src.core.database import Database
from src.jobs.handlers import Handler, found
from src.jobs.schedules import LATE, Nothing, Schedules
from src.jobs.work import Work
from src.models.base import utc_now
from src.models.idempotency import IdempotentAnswer
from src.models.job import Job
from src.models.login_attempts import LoginAttempts
from src.schemas.job import Kind
from src.services.job import BATCH, KEPT
from tests.access import issue_token
from tests.apps import database_of
from tests.commands import run_command
from tests.jobs import Jobs

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def run(work: Work[Nothing]) -> None:
    """Do nothing."""


EVERY_5_MINUTES = Handler(Kind("often", Nothing), run, schedule="*/5 * * * *")
UNSCHEDULED = Handler(Kind("never", Nothing), run)


def schedules(database: Database) -> Schedules:
    return Schedules(database, [EVERY_5_MINUTES, UNSCHEDULED])


async def keys(jobs: Jobs) -> list[Any]:
    rows = await jobs.sql("SELECT dedupe_key, owner_id FROM jobs ORDER BY dedupe_key")
    return [tuple(each) for each in rows]


async def test_job_of_a_schedule_is_enqueued_once_for_each_time(jobs: Jobs) -> None:
    own = schedules(jobs.database)

    for minutes in (0, 1, 4, 5, 6, 11):
        await own.enqueue_due(NOON + timedelta(minutes=minutes, seconds=1))

    assert await keys(jobs) == [
        ("often at 2026-11-26T12:00:00+00:00", None),
        ("often at 2026-11-26T12:05:00+00:00", None),
        ("often at 2026-11-26T12:10:00+00:00", None),
    ]


async def test_however_many_workers_run(
    shared_concurrent_app: FastAPI, concurrent_client: AsyncClient
) -> None:
    jobs = Jobs(shared_concurrent_app)
    workers = [schedules(jobs.database) for _ in range(10)]

    for minutes in (1, 6):
        now = NOON + timedelta(minutes=minutes)
        await asyncio.gather(*(each.enqueue_due(now) for each in workers))

    assert len(await keys(jobs)) == 2


async def test_time_that_passed_long_ago_is_left_out(jobs: Jobs) -> None:
    daily = Handler(Kind("daily", Nothing), run, schedule="0 12 * * *")

    await Schedules(jobs.database, [daily]).enqueue_due(NOON + LATE + timedelta(seconds=1))
    assert await keys(jobs) == []
    await Schedules(jobs.database, [daily]).enqueue_due(NOON + LATE)
    assert len(await keys(jobs)) == 1


def test_schedules_of_the_service_can_be_read() -> None:
    expressions = [each.schedule for each in found().values() if each.schedule]

    assert len(expressions) >= 3
    assert all(map(croniter.is_valid, expressions))


async def test_purges_delete_what_has_had_its_time(app: FastAPI, jobs: Jobs) -> None:
    now, day = utc_now(), timedelta(days=1)
    await issue_token(database_of(app), lasts=-31 * day)
    await issue_token(database_of(app), lasts=-1 * day)
    async with jobs.database.writing() as session:
        for age in (HOUR, 25 * HOUR):
            answer = IdempotentAnswer(digest=str(age), fingerprint="", created_at=now - age)
            session.add_all([answer, LoginAttempts(account=str(age), since=now - age)])
    await jobs.add()
    await jobs.run()
    await jobs.sql("UPDATE jobs SET finished_at = :old", old=str(now - KEPT - day)[:26])
    handlers = found()
    purges = Jobs(app, *handlers.values())

    for name in ("purge-access", "purge-answers", "purge-jobs"):
        await purges.add(kind=handlers[name].kind, payload=Nothing(), owner_id=None)
    await purges.run()

    async with jobs.database.reading() as session:
        ended = (await session.exec(select(Job))).all()
    assert {each.kind: each.result for each in ended} == {
        "purge-access": {"rows": 3},  # a token and two counts of attempts
        "purge-answers": {"rows": 1},
        "purge-jobs": {"rows": 1},
    }


def test_purge_jobs_deletes_ended_jobs_in_batches(
    empty_url: URL, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BATCH == 100
    monkeypatch.setattr("src.services.job.BATCH", 2)
    monkeypatch.setattr("src.commands.jobs.BATCH", 2)
    command.upgrade(Config("alembic.ini"), "head")
    url = empty_url.set(drivername=empty_url.drivername.removesuffix("+aiosqlite"))
    engine, day = create_engine(url, poolclass=NullPool), timedelta(days=1)
    facts: Any = {"kind": "x", "queue": "x.1", "payload": {}, "timeout_seconds": 1}
    with Session(engine) as session:
        for ended in [*(utc_now() - age * day for age in (31, 32, 33, 29)), None]:
            session.add(Job(finished_at=ended, **facts))
        session.commit()

    run_command("purge-jobs")
    run_command("purge-jobs", "--days", "28")

    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Purged 3 jobs that finished over 30 days ago.",
        "Purged 1 jobs that finished over 28 days ago.",
    ]
    assert told.err == "2 jobs that finished over 30 days ago so far ...\n"
    with Session(engine) as session:
        assert [each.finished_at for each in session.exec(select(Job))] == [None]
