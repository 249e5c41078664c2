"""What workers do when they are asked to stop, to cancel and to be fair."""

import asyncio
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import URL

from src.core.database import Database
from src.services.developer import add_developer
from tests.access import issue_token
from tests.apps import make_settings
from tests.databases import build
from tests.processes import is_running
from workshop.jobs.kinds import CHILD, ENTRY, NOTHING, UNKNOWN, Nothing, Request, Steps
from workshop.jobs.rig import SETTINGS, Rig, Watch, rigged
from workshop.rigs.pgbouncer import pgbouncer

MANY, FEW, AMONG = 10_000, 3, 10


async def test_busy_child_is_gone_2_s_after_the_cancellation(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        worker = await rig.work()
        file = tmp_path / "pids"
        job = await rig.add(CHILD, Request({"do": "loop", "file": str(file)}))
        await rig.until("status = 'running'", 1, 60)
        while not file.exists():
            await asyncio.sleep(0.01)
        pids = [int(each) for each in file.read_text(encoding="utf-8").split()]
        cancellation = Watch()
        await rig.cancel(job.id)
        while any(map(is_running, pids)):
            await asyncio.sleep(0.01)
        seconds = cancellation.seconds
        await rig.until("status = 'cancelled'", 1, 10)

        assert worker.returncode is None
    print(f"Gone after {seconds:.2f} s")
    assert seconds < 2


async def test_few_of_one_do_not_wait_for_many_of_another(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        other = await issue_token(rig.database)
        ((owner_id,),) = rig.ask("SELECT owner_id FROM tokens")
        enqueuing = Watch()
        for _ in range(MANY):
            await rig.add(NOTHING, Nothing())
        each = enqueuing.seconds / MANY * 1000
        few = [await rig.add(NOTHING, Nothing(), UUID(str(owner_id))) for _ in range(FEW)]
        await rig.work("--concurrency", "1")
        await rig.until("status = 'succeeded'", AMONG, 60)
        first = rig.ask(
            f"SELECT id FROM jobs WHERE lease = 1 ORDER BY finished_at LIMIT {AMONG}"  # noqa: S608
        )

        assert other
        assert {job.id for job in few} <= {UUID(str(job_id)) for (job_id,) in first}
    print(
        f"{MANY} jobs of one owner enqueued in {each:.1f} ms each; the {FEW} of another are among the first {AMONG}"
    )


async def test_worker_that_is_asked_to_stop_returns_what_takes_longer(
    url: URL, tmp_path: Path
) -> None:
    async with rigged(url, tmp_path) as rig:
        worker = await rig.work("--grace", "2")
        quick, slow = Steps(seconds=1), Steps(seconds=600)
        jobs = [await rig.add(ENTRY, each) for each in (quick, slow)]
        await rig.until("status = 'running'", 2, 60)
        later = await rig.add(ENTRY, quick)
        await rig.until("status = 'running'", 3, 60)
        worker.send_signal(signal.SIGTERM)
        stop = Watch()
        unseen = await rig.add(ENTRY, quick)
        async with asyncio.timeout(30):
            code = await worker.wait()
        stopped = stop.seconds
        shown = [await rig.get(each.id) for each in (*jobs, later, unseen)]

        assert code == 0
        assert [each.status for each in shown] == ["succeeded", "queued", "succeeded", "queued"]
        assert [each.attempt for each in shown] == [1, 0, 1, 0]
        assert (shown[1].error, shown[3].error) == (None, None)
        await rig.work()
        await rig.until("status = 'succeeded'", 3, 60)
    print(f"Stopped after {stopped:.1f} s")


async def test_unknown_kinds_stay_queued(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        unknown = await rig.add(UNKNOWN, Nothing())
        await rig.work()
        await rig.add(NOTHING, Nothing())
        await rig.until("status = 'succeeded'", 1, 60)

        assert (await rig.get(unknown.id)).version == 1


@pytest.mark.usefixtures("postgres_only")
async def test_message_that_got_lost_is_written_again(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        await rig.add(NOTHING, Nothing())
        rig.ask("DELETE FROM procrastinate_jobs")
        await rig.work()

        seconds = await rig.until("status = 'succeeded'", 1, 90)
    print(f"Done after {seconds:.0f} s")


@pytest.mark.usefixtures("postgres_only")
@pytest.mark.parametrize("hears", [False, True])
async def test_worker_behind_a_pooler(url: URL, tmp_path: Path, hears: bool) -> None:
    own: dict[str, Any] = {"database_listen_url": url} if hears else {}
    async with rigged(url, tmp_path) as rig, pgbouncer(url, "transaction") as pooler:
        behind: dict[str, Any] = {"database_url": pooler, "database_prepared_statements": False}
        worker = await rig.work(**behind, **own)
        await rig.add(NOTHING, Nothing())
        await rig.until("status = 'succeeded'", 1, 60)
        seconds = list[float]()
        for number in range(2, 12):
            await rig.add(NOTHING, Nothing())
            seconds.append(await rig.until("status = 'succeeded'", number, 60))

        assert worker.returncode is None
        assert rig.count("status <> 'succeeded'") == 0
    print(
        f"{'With' if hears else 'Without'} an address to listen at: done after {max(seconds):.2f} s at most"
    )


async def test_worker_waits_for_a_database_without_tables(empty_url: URL, tmp_path: Path) -> None:
    """A deployment may start workers before it has migrated."""
    database = Database(make_settings(empty_url, **SETTINGS))
    rig = Rig(empty_url, tmp_path, database)
    worker = await rig.work()
    await asyncio.sleep(5)
    await asyncio.to_thread(build, empty_url)
    await add_developer(database)
    await rig.add(NOTHING, Nothing())
    await rig.until("status = 'succeeded'", 1, 60)

    assert worker.returncode is None
    await rig.kill(worker)
    await database.dispose()
