"""Jobs as workers run them: how attempts begin, are kept and end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import BaseModel

from src.core.errors import AwayError, ConflictError
from src.core.logs import request_id
from src.jobs.attempt import LONGEST_PAUSE, Reason, pause_after
from src.jobs.errors import UNEXPECTED, JobError
from src.jobs.handlers import Handler
from src.jobs.keeper import Keeper
from src.jobs.runner import DrainingError
from src.jobs.work import Work
from src.models.base import utc_now
from src.models.storable import JSON_BYTES
from src.schemas.job import JobResponse, Kind
from src.services import job_events, job_rescue
from src.services.job import JobService
from src.services.job_leases import JobLeases, LeaseLostError, Progress
from src.services.job_rescue import LOSSES, rescue
from tests.access import issue_token
from tests.api import Json, create_thing
from tests.apps import database_of
from tests.integration.test_jobs import JOBS, events_of
from tests.jobs import SQUARE, Done, Jobs, Task

type Run = Callable[[Work[Task]], Awaitable[BaseModel | None]]


class Text(BaseModel):
    text: str


class Slow:
    """A kind whose jobs wait until they are let go."""

    kind = Kind("slow", Task, max_attempts=2)

    def __init__(self) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.work: Work[Task] | None = None

    async def run(self, work: Work[Task]) -> Done:
        self.work = work
        self.begun.set()
        await self.go.wait()
        return Done(number=1)


class Running:
    """A job that a worker has begun."""

    def __init__(self, app: FastAPI) -> None:
        self.slow = Slow()
        self.jobs = Jobs(app, Handler(self.slow.kind, self.slow.run))
        self.keeper = Keeper(self.jobs.runner)

    async def begin(self) -> None:
        self.job = await self.jobs.add(kind=self.slow.kind)
        task = await self.jobs.runner.claim(self.slow.kind.queues)
        assert task is not None
        self.task = task
        await self.slow.begun.wait()

    @property
    def work(self) -> Work[Task]:
        assert self.slow.work is not None
        return self.slow.work

    async def end(self) -> None:
        self.slow.go.set()
        await self.task

    async def ended(self) -> None:
        await asyncio.wait({self.task}, timeout=60)
        assert self.task.done()

    async def row(self) -> Any:
        (row,) = await self.jobs.sql("SELECT * FROM jobs")
        return row


@pytest.fixture
async def running(app: FastAPI) -> AsyncIterator[Running]:
    running = Running(app)
    await running.begin()
    yield running
    await running.end()


async def ended(client: AsyncClient, job: JobResponse) -> Json:
    shown: Json = (await client.get(f"{JOBS}/{job.id}")).json()
    return shown


async def run_one(app: FastAPI, run: Run, **facts: Any) -> tuple[Jobs, JobResponse]:
    """Enqueue a job of a kind with this code, and run it once."""
    kind = Kind("tried", Task, **facts)
    jobs = Jobs(app, Handler(kind, run))
    job = await jobs.add(kind=kind)
    assert await jobs.run() == 1
    return jobs, job


async def test_job_runs_and_its_result_is_kept(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(number=5)

    assert await jobs.run() == 1

    shown = await ended(client, job)
    assert (shown["status"], shown["result"], shown["attempt"]) == ("succeeded", {"number": 25}, 1)
    assert job.created_at.isoformat()[:19] <= shown["started_at"] <= shown["finished_at"]
    assert await events_of(jobs, job.id) == [
        {"status": "queued"},
        {"status": "running", "attempt": 1},
        {"status": "succeeded"},
    ]


async def test_delivered_job_runs_once(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(number=5)

    await asyncio.gather(*(jobs.runner.deliver(job.id, asyncio.Semaphore(5)) for _ in range(5)))

    assert (await ended(client, job))["attempt"] == 1
    assert len(await events_of(jobs, job.id)) == 3


async def test_job_keeps_its_place_when_the_engine_ends(app: FastAPI, client: AsyncClient) -> None:
    slow, places = Slow(), asyncio.Semaphore(1)
    jobs = Jobs(app, Handler(slow.kind, slow.run))
    first, second = await jobs.add(kind=slow.kind), await jobs.add()
    delivering = asyncio.create_task(jobs.runner.deliver(first.id, places))
    await slow.begun.wait()
    delivering.cancel()

    next_one = asyncio.create_task(jobs.runner.deliver(second.id, places))
    await asyncio.wait({next_one}, timeout=0.1)
    waiting = await ended(client, second)
    slow.go.set()
    await next_one

    assert waiting["status"] == "queued"
    assert (await ended(client, second))["status"] == "succeeded"


async def test_job_is_not_run_before_its_time(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(run_after=utc_now() + timedelta(hours=1))

    assert await jobs.run() == 0
    await jobs.runner.deliver(job.id, asyncio.Semaphore(5))

    assert (await ended(client, job))["status"] == "queued"


async def test_jobs_run_by_priority_and_then_by_rank(app: FastAPI) -> None:
    """Somebody's first job does not wait for another's hundredth."""
    order = list[int]()

    async def note(work: Work[Task]) -> None:
        order.append(work.payload.number)

    jobs = Jobs(app, Handler(SQUARE, note))
    await issue_token(database_of(app))
    ((other_id,),) = await jobs.sql("SELECT owner_id FROM tokens")
    for number in range(30):
        await jobs.add(number=number)
    for number in range(100, 103):
        await jobs.add(number=number, owner_id=UUID(str(other_id)))
    await jobs.add(number=200, priority=-1)
    await jobs.add(number=300, priority=1)

    await jobs.run()

    assert order == [200, 0, 100, 1, 101, 2, 102, *range(3, 30), 300]


async def test_progress_is_written_by_the_worker_and_only_the_latest(
    client: AsyncClient, running: Running
) -> None:
    for done in range(1, 4):
        running.work.progress(done, 10, f"step {done}")

    await running.keeper.tick()
    shown = await ended(client, running.job)
    await running.keeper.tick()
    running.work.progress(10, 10, "x" * 1000)
    await running.end()

    assert (shown["progress_done"], shown["progress_total"], shown["message"]) == (3, 10, "step 3")
    assert (await ended(client, running.job))["message"] == "x" * 500
    assert await events_of(running.jobs, running.job.id) == [
        {"status": "queued"},
        {"status": "running", "attempt": 1},
        {"done": 3, "total": 10, "message": "step 3"},
        {"done": 10, "total": 10, "message": "x" * 500},
        {"status": "succeeded"},
    ]


@pytest.mark.parametrize("number", [nan, inf, 10**400])
async def test_progress_that_no_database_stores_is_mended(
    client: AsyncClient, running: Running, number: float
) -> None:
    running.work.progress(number, number, "a\x00b\ud800")

    await running.keeper.tick()

    shown = await ended(client, running.job)
    assert (shown["progress_done"], shown["progress_total"], shown["message"]) == (
        None,
        None,
        "ab?",
    )


@pytest.mark.parametrize("number", [True, Decimal(1), Fraction(1), 2**70], ids=repr)
async def test_progress_is_stored_as_a_number_whatever_counts_it(
    client: AsyncClient, running: Running, number: float
) -> None:
    """The worker writes it for the job: an error there would be every other job's, too."""
    running.work.progress(number, number)

    await running.keeper.tick()

    shown = await ended(client, running.job)
    event = (await events_of(running.jobs, running.job.id))[-1]
    assert shown["progress_done"] == event["done"] == event["total"] == number
    assert isinstance(event["done"], int)  # as people write what they count
    assert running.work.latest is None


async def test_few_events_of_a_job_are_kept(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_events, "EVENTS", 3)
    for done in range(5):
        running.work.progress(done)
        await running.keeper.tick()

    kept = await running.jobs.sql("SELECT seq FROM job_events ORDER BY seq")

    assert [seq for (seq,) in kept] == [5, 6, 7]


async def test_lease_is_extended_and_nobody_sees_it(client: AsyncClient, running: Running) -> None:
    before, shown = await running.row(), await ended(client, running.job)

    await running.keeper.tick()
    soon = await running.row()
    (attempt,) = running.jobs.runner.attempts
    attempt.extended -= 15
    await running.keeper.tick()

    assert soon == before
    assert (await running.row()).lease_until > before.lease_until
    assert await ended(client, running.job) == shown


async def test_unexpected_error_is_retried_and_then_final(
    app: FastAPI, client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(work: Work[Task]) -> None:
        raise ZeroDivisionError

    jobs, job = await run_one(app, fail, max_attempts=2)
    first = await ended(client, job)
    again = await jobs.run()
    await jobs.sql("UPDATE jobs SET run_after = created_at")
    await jobs.run()
    last = await ended(client, job)

    assert (first["status"], first["error_code"], again) == ("queued", "unexpected", 0)
    assert first["run_after"] > first["updated_at"]
    assert (last["status"], last["error_code"], last["attempt"]) == ("failed", "unexpected", 2)
    assert last["error"] == UNEXPECTED.reason
    assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [ZeroDivisionError] * 2


async def test_retry_that_succeeds_leaves_no_error(app: FastAPI, client: AsyncClient) -> None:
    async def fail_first(work: Work[Task]) -> None:
        if work.lease.attempt == 1:
            raise JobError("odd", "The first attempt is odd.", again=True)

    jobs, job = await run_one(app, fail_first)
    first = await ended(client, job)
    await jobs.sql("UPDATE jobs SET run_after = created_at")
    await jobs.run()

    assert (first["status"], first["error"]) == ("queued", "The first attempt is odd.")
    shown = await ended(client, job)
    assert (shown["status"], shown["error"], shown["error_code"]) == ("succeeded", None, None)
    assert (shown["result"], shown["attempt"]) == ({}, 2)


@pytest.mark.parametrize(
    ("error", "status", "code", "reason"),
    [
        (JobError("bad_file", "It is no file."), "failed", "bad_file", "It is no file."),
        (ConflictError("It is taken."), "failed", "conflict", "It is taken."),
        (AwayError(), "queued", "service_unavailable", AwayError.message),
        (JobError("x" * 100, "x" * 5000), "failed", "x" * 60, "x" * 2000),
        (JobError("a\x00", "b\x00\ud800"), "failed", "a", "b?"),
        (asyncio.CancelledError(), "queued", "unexpected", None),
    ],
    ids=["own", "conflict", "away", "long", "unstorable", "cancelled"],
)
async def test_error_tells_its_owner_what_it_may(
    app: FastAPI,
    client: AsyncClient,
    error: BaseException,
    status: str,
    code: str,
    reason: str | None,
) -> None:
    async def fail(work: Work[Task]) -> None:
        raise error

    _, job = await run_one(app, fail)

    shown = await ended(client, job)
    assert (shown["status"], shown["error_code"]) == (status, code)
    assert reason in {None, shown["error"]}


def test_pauses_grow_and_are_bounded() -> None:
    for attempt in range(1, 20):
        longest = min(2.0**attempt, LONGEST_PAUSE)
        assert longest / 2 <= pause_after(attempt) <= longest


async def test_time_is_limited(app: FastAPI, client: AsyncClient) -> None:
    async def wait(work: Work[Task]) -> None:
        await asyncio.Event().wait()

    timeout = timedelta(milliseconds=10)
    _, job = await run_one(app, wait, timeout=timeout, max_attempts=1)

    shown = await ended(client, job)
    assert (shown["status"], shown["error_code"]) == ("failed", "timed_out")
    assert shown["error"] == "The job took longer than 0.01 s."


@pytest.mark.parametrize(
    ("reason", "status"),
    [("cancelled", "cancelled"), ("timed out", "failed"), ("stopping", "queued")],
)
async def test_code_that_swallows_its_cancellation_is_left_behind(
    app: FastAPI,
    client: AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    reason: Reason,
    status: str,
) -> None:
    monkeypatch.setattr("src.jobs.attempt.STUBBORN_SECONDS", 0.01)
    go, is_refused = asyncio.Event(), asyncio.Event()

    async def swallow(work: Work[Task]) -> None:
        (attempt,) = jobs.runner.attempts
        attempt.end(reason)
        while not go.is_set():
            with suppress(asyncio.CancelledError):
                await go.wait()
        with suppress(LeaseLostError):
            async with work.database.writing() as session:
                await work.succeed(session)
        is_refused.set()

    kind = Kind("stubborn", Task, max_attempts=1)
    jobs = Jobs(app, Handler(kind, swallow))
    job = await jobs.add(kind=kind)

    task = await jobs.runner.claim(kind.queues)
    assert task
    await asyncio.wait({task}, timeout=60)

    shown = await ended(client, job)
    assert (shown["status"], task.done()) == (status, True)
    go.set()
    await asyncio.wait_for(is_refused.wait(), 60)
    assert await ended(client, job) == shown


@pytest.mark.parametrize("is_written_by_the_job", [False, True])
async def test_result_is_bounded(
    app: FastAPI, client: AsyncClient, is_written_by_the_job: bool
) -> None:
    async def say(work: Work[Task]) -> Text:
        result = Text(text="x" * JSON_BYTES)
        if is_written_by_the_job:
            async with work.database.writing() as session:
                await work.succeed(session, result)
        return result

    _, job = await run_one(app, say)

    shown = await ended(client, job)
    assert (shown["status"], shown["error_code"]) == ("failed", "result")
    assert shown["error"] == f"The result must have at most {JSON_BYTES} bytes."


async def test_running_job_is_cancelled(client: AsyncClient, running: Running) -> None:
    asked = await client.post(f"{JOBS}/{running.job.id}/cancellation")
    again = await client.post(f"{JOBS}/{running.job.id}/cancellation")

    await running.keeper.tick()
    await running.ended()

    assert (asked.status_code, asked.json()["status"]) == (202, "running")
    assert asked.json()["cancel_requested_at"] is not None
    assert again.json() == asked.json()
    shown = await ended(client, running.job)
    assert (shown["status"], shown["result"]) == ("cancelled", None)


async def test_job_to_be_cancelled_does_not_succeed(client: AsyncClient, running: Running) -> None:
    """The worker has not looked yet when the job is through."""
    await client.post(f"{JOBS}/{running.job.id}/cancellation")

    await running.end()

    assert (await ended(client, running.job))["status"] == "cancelled"


@pytest.mark.parametrize("outcome", [ZeroDivisionError(), JobError("bad", "It is bad."), None])
async def test_job_to_be_cancelled_is_cancelled_however_its_code_ends(
    app: FastAPI, client: AsyncClient, outcome: Exception | None
) -> None:
    async def cancel_and_end(work: Work[Task]) -> None:
        async with work.database.writing() as session:
            await JobService(session, work.owner_id).cancel(work.lease.id)
        if outcome:
            raise outcome

    _, job = await run_one(app, cancel_and_end)

    assert (await ended(client, job))["status"] == "cancelled"


async def take_away(running: Running) -> Any:
    """Let another worker have the job, as after a pause that was longer than the lease."""
    await running.jobs.sql("UPDATE jobs SET lease_until = created_at")
    async with running.jobs.database.writing() as session:
        await rescue(session)
    await running.jobs.sql(
        "UPDATE jobs SET status = 'running', worker = 'other', lease = lease + 1"
    )
    return await running.row()


async def test_lost_lease_ends_the_attempt(running: Running) -> None:
    row = await take_away(running)

    await running.keeper.tick()
    await running.ended()

    assert not running.slow.go.is_set()
    assert await running.row() == row


async def test_without_the_lease_nothing_is_written(running: Running) -> None:
    """The worker has not looked yet when the job is through."""
    row = await take_away(running)
    events = await running.jobs.sql("SELECT * FROM job_events")

    running.work.progress(1, 2)
    await running.end()

    assert await running.row() == row
    assert await running.jobs.sql("SELECT * FROM job_events") == events


async def test_attempt_ends_when_its_lease_cannot_be_extended(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise AwayError

    monkeypatch.setattr(running.jobs.runner, "leasing", refuse)
    (attempt,) = running.jobs.runner.attempts
    attempt.extended -= 15
    await running.keeper.tick()
    assert not running.task.done()

    attempt.extended -= 30
    running.keeper.end_overdue()
    await running.ended()

    assert not running.slow.go.is_set()
    assert (await running.row()).status == "running"  # until its lease has run out


async def test_database_that_never_answers_is_given_up(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The keeper would never look again, nor would the worker end."""

    async def wait(*_: object) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr("src.jobs.answering.LOOK_SECONDS", 0.01)
        patched.setattr(JobLeases, "look", wait)
        await asyncio.wait_for(running.keeper.tick(), 60)
        patched.setattr(JobLeases, "progress", wait)
        with pytest.raises(AwayError):
            await asyncio.wait_for(
                running.jobs.runner.leasing(
                    lambda leases: leases.progress(running.work.lease, Progress())
                ),
                60,
            )

    assert caplog.messages == [f"Leases cannot be extended: {AwayError.message}"]
    assert not running.task.done()


async def test_worker_that_takes_a_job_again_ends_its_earlier_attempt(running: Running) -> None:
    """It was paused for longer than the lease, or its clock has jumped."""
    earlier, runner = running.task, running.jobs.runner
    await running.jobs.sql("UPDATE jobs SET lease_until = created_at")
    async with running.jobs.database.writing() as session:
        await rescue(session)
    running.slow.begun.clear()
    again = await runner.claim(running.slow.kind.queues)
    assert again
    await running.slow.begun.wait()

    await running.keeper.tick()
    await asyncio.wait({earlier}, timeout=60)

    assert earlier.done()
    assert [each.lease.number for each in runner.attempts] == [2]
    running.task = again
    await running.end()
    assert (await running.row()).status == "succeeded"


async def test_job_of_a_lost_worker_is_rescued(client: AsyncClient, running: Running) -> None:
    for losses in range(1, LOSSES + 1):
        await running.jobs.sql(
            "UPDATE jobs SET status = 'running', attempt = 1, lease_until = created_at"
        )
        async with running.jobs.database.writing() as session:
            assert await rescue(session) == [running.job.id]
            assert await rescue(session) == []
        shown = await ended(client, running.job)
        assert (await running.row()).losses == losses
        if losses < LOSSES:
            assert (shown["status"], shown["attempt"]) == ("queued", 0)

    assert (shown["status"], shown["error_code"]) == ("failed", "worker_lost")
    assert shown["error"] == f"{LOSSES} workers were lost while they ran this job."


async def test_lost_job_to_be_cancelled_is_cancelled(client: AsyncClient, running: Running) -> None:
    await client.post(f"{JOBS}/{running.job.id}/cancellation")
    await running.jobs.sql("UPDATE jobs SET lease_until = created_at, losses = 100")

    async with running.jobs.database.writing() as session:
        await rescue(session)

    shown = await ended(client, running.job)
    assert (shown["status"], shown["error"]) == ("cancelled", None)


async def test_lease_that_lasts_is_not_touched(running: Running) -> None:
    async with running.jobs.database.writing() as session:
        assert await rescue(session) == []


async def test_few_jobs_are_rescued_at_once(jobs: Jobs) -> None:
    for _ in range(job_rescue.SOME + 1):
        await jobs.add()
    await jobs.sql("UPDATE jobs SET status = 'running', lease_until = created_at")

    rescued = []
    for _ in range(3):
        async with jobs.database.writing() as session:
            rescued.append(len(await rescue(session)))

    assert rescued == [job_rescue.SOME, 1, 0]


async def test_drain_queues_jobs_again_that_take_longer(
    client: AsyncClient, running: Running
) -> None:
    waiting = await running.jobs.add()

    await running.jobs.runner.drain(grace=0.01)
    with pytest.raises(DrainingError):
        await running.jobs.runner.deliver(waiting.id, asyncio.Semaphore())

    shown = await ended(client, running.job)
    assert (shown["status"], shown["attempt"], shown["error"]) == ("queued", 0, None)
    assert (await ended(client, waiting))["status"] == "queued"
    assert (await events_of(running.jobs, running.job.id))[-1] == {"status": "queued"}


async def test_job_that_is_taken_while_the_worker_stops_is_queued_again(
    app: FastAPI, client: AsyncClient
) -> None:
    slow = Slow()
    jobs = Jobs(app, Handler(slow.kind, slow.run))
    job = await jobs.add(kind=slow.kind)
    delivering = asyncio.create_task(jobs.runner.deliver(job.id, asyncio.Semaphore(5)))
    await asyncio.sleep(0)  # in which it begins

    async with asyncio.timeout(60):
        await jobs.runner.drain(0)
        await delivering

    shown = await ended(client, job)
    assert (shown["status"], shown["attempt"]) == ("queued", 0)


async def test_drain_waits_for_jobs_that_end(client: AsyncClient, running: Running) -> None:
    running.slow.go.set()

    await running.jobs.runner.drain(grace=60)

    assert (await ended(client, running.job))["status"] == "succeeded"


async def test_effect_and_end_are_one_transaction(app: FastAPI, client: AsyncClient) -> None:
    async def change(work: Work[Task]) -> None:
        async with work.database.writing() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE things SET name = name || '!'")
            work.progress(1, 1)
            await work.succeed(session, Done(number=work.payload.number))

    thing = await create_thing(client, name="effect")
    _, job = await run_one(app, change)

    shown = await ended(client, job)
    assert (shown["status"], shown["result"], shown["progress_done"]) == (
        "succeeded",
        {"number": 0},
        1,
    )
    assert (await client.get(f"/api/v1/things/{thing['id']}")).json()["name"] == "effect!"


@pytest.mark.parametrize("loss", ["cancel_requested_at = created_at", "lease = lease + 1"])
async def test_without_the_lease_there_is_no_effect(
    app: FastAPI, client: AsyncClient, loss: str
) -> None:
    async def change(work: Work[Task]) -> None:
        await jobs.sql(f"UPDATE jobs SET {loss}")  # noqa: S608  # ours
        async with work.database.writing() as session:
            connection = await session.connection()
            await connection.exec_driver_sql("UPDATE things SET name = name || '!'")
            await work.succeed(session)

    thing = await create_thing(client, name="effect")
    jobs = Jobs(app)
    _, job = await run_one(app, change)

    assert (await ended(client, job))["status"] == ("cancelled" if "cancel" in loss else "running")
    assert (await client.get(f"/api/v1/things/{thing['id']}")).json() == thing


async def test_end_that_is_not_committed_does_not_count(app: FastAPI, client: AsyncClient) -> None:
    async def succeed_and_fail(work: Work[Task]) -> None:
        async with work.database.writing() as session:
            await work.succeed(session)
            if work.lease.attempt == 1:
                raise AwayError

    jobs, job = await run_one(app, succeed_and_fail)
    first = await ended(client, job)
    await jobs.sql("UPDATE jobs SET run_after = created_at")
    await jobs.run()

    assert (first["status"], first["error_code"]) == ("queued", "service_unavailable")
    assert (await ended(client, job))["status"] == "succeeded"


async def test_payload_of_an_older_release_is_upgraded(app: FastAPI, client: AsyncClient) -> None:
    class Words(BaseModel):
        words: list[str]

    async def count(work: Work[Words]) -> Done:
        return Done(number=len(work.payload.words))

    old = Kind("count", Text)
    new = Kind(
        "count", Words, version=2, upgrades={1: lambda each: {"words": str(each["text"]).split()}}
    )
    jobs = Jobs(app, Handler(new, count))
    job = await jobs.add(kind=old, payload=Text(text="two words"))
    newer = await jobs.add(kind=new, payload=Words(words=["one"]))

    await jobs.run()

    assert (await ended(client, job))["result"] == {"number": 2}
    assert (await ended(client, newer))["result"] == {"number": 1}


async def test_older_worker_leaves_newer_payloads_and_kinds_queued(
    app: FastAPI, client: AsyncClient
) -> None:
    newer = Kind(SQUARE.name, Text, version=2)
    unknown = Kind("unknown", Task)
    jobs = Jobs(app)
    left = [
        await jobs.add(kind=newer, payload=Text(text="x")),
        await jobs.add(kind=unknown),
    ]

    assert await jobs.run() == 0

    assert {(await ended(client, each))["status"] for each in left} == {"queued"}


async def test_payload_that_cannot_be_read_fails(client: AsyncClient, jobs: Jobs) -> None:
    job = await jobs.add(payload=Text(text="no number"))
    await jobs.sql('UPDATE jobs SET payload = \'{"number": "x"}\'')

    await jobs.run()

    shown = await ended(client, job)
    assert (shown["status"], shown["error_code"]) == ("failed", "unreadable")
    assert shown["error"] == "What the job is given does not fit: 1 errors."


async def test_lines_of_the_log_name_job_and_request(
    jobs: Jobs, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(f"{record.getMessage()} {request_id.get()}")

    handler = Seen()
    logging.getLogger("src.jobs.runner").addHandler(handler)
    caplog.set_level("INFO", "src.jobs.runner")
    request_id.set("cause")
    job = await jobs.add()
    request_id.set("another")

    await jobs.run()
    logging.getLogger("src.jobs.runner").removeHandler(handler)

    assert seen == ["A job begins cause", "A job ends cause"]
    fields: list[Any] = [vars(each)["fields"] for each in caplog.records]
    assert [each["job_id"] for each in fields] == [job.id, job.id]
    assert (fields[1]["kind"], fields[1]["outcome"]) == ("square", "succeeded")


@pytest.mark.parametrize(
    ("change", "end", "outcome"),
    [
        ("cancel_requested_at = created_at", None, "cancelled"),
        ("cancel_requested_at = created_at", JobError("bad", "It is bad."), "cancelled"),
        ("cancel_requested_at = created_at", ZeroDivisionError(), "cancelled"),
        ("lease = lease + 1", None, "lost"),
        ("lease = lease + 1", JobError("bad", "It is bad."), "lost"),
        ("lease = lease + 1", ZeroDivisionError(), "lost"),
        ("version = version", JobError("bad", "It is bad."), "failed"),
        ("version = version", ZeroDivisionError(), "retried"),
    ],
    ids=str,
)
async def test_outcome_that_is_told_is_the_one_that_is_written(
    app: FastAPI,
    caplog: pytest.LogCaptureFixture,
    change: str,
    end: Exception | None,
    outcome: str,
) -> None:
    """The worker has not looked yet when the job is through."""

    async def change_and_end(_: Work[Task]) -> None:
        await jobs.sql(f"UPDATE jobs SET {change}")  # noqa: S608  # ours
        if end:
            raise end

    caplog.set_level("INFO", "src.jobs.runner")
    jobs = Jobs(app)
    await run_one(app, change_and_end)

    assert vars(caplog.records[-1])["fields"]["outcome"] == outcome


@pytest.mark.parametrize("error", [ZeroDivisionError(), asyncio.CancelledError(), None], ids=repr)
async def test_end_that_the_code_has_written_is_told_whatever_comes_after(
    app: FastAPI, caplog: pytest.LogCaptureFixture, error: BaseException | None
) -> None:
    async def succeed_and_fail(work: Work[Task]) -> None:
        async with work.database.writing() as session:
            await work.succeed(session)
        await keeper.tick()
        await asyncio.sleep(0)  # in which it would be ended
        if error:
            raise error

    caplog.set_level("INFO", "src.jobs.runner")
    jobs = Jobs(app, Handler(SQUARE, succeed_and_fail))
    keeper = Keeper(jobs.runner)
    await jobs.add()
    await jobs.run()

    assert vars(caplog.records[-1])["fields"]["outcome"] == "succeeded"
