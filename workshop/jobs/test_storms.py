"""Workers, the service and connections are killed: every job is done, and none twice."""

import asyncio
import os
import random
import signal
from pathlib import Path
from uuid import uuid4

import pytest
from httpx import AsyncClient, TransportError
from sqlalchemy import URL

from src.services.job_leases import LEASE_SECONDS
from workshop.jobs.kinds import ENTRY, Steps
from workshop.jobs.rig import Rig, Watch, rigged
from workshop.jobs.service import ENTRIES
from workshop.rigs.clients import client_of, free_port, run_sql
from workshop.rigs.service import served

JOBS, PAUSE_SECONDS, WORKERS = 300, 2, 3
STORM_SECONDS = float(os.environ.get("STORM_SECONDS", "60"))
POSTS = 500
END_BACKENDS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def add_entries(rig: Rig, jobs: int, shortest: float, longest: float) -> None:
    for _ in range(jobs):
        seconds = random.uniform(shortest, longest)  # noqa: S311
        await rig.add(ENTRY, Steps(seconds=seconds, steps=4))


async def test_killed_workers_lose_and_double_nothing(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        await add_entries(rig, JOBS, 1.5, 3)
        for _ in range(WORKERS):
            await rig.work()
        storm, kills = Watch(), 0
        while storm.seconds < STORM_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS)
            kills += await rig.kill_any()
        done = rig.count("status = 'succeeded'")
        last = await rig.until("status = 'succeeded'", JOBS, 240)
        ((losses, starts),) = rig.ask("SELECT sum(losses), sum(lease) FROM jobs")

        assert rig.entries() == (JOBS, JOBS)
        assert rig.count("status <> 'succeeded'") == 0
    print(
        f"{JOBS} jobs, {kills} kills in {storm.seconds:.0f} s: {done} done by then, all "
        f"{last:.1f} s later; {losses} times a worker was lost, {starts} starts"
    )
    assert losses > 0


async def test_killed_service_has_a_job_for_each_202(url: URL, tmp_path: Path) -> None:
    run_sql(url, "DELETE FROM things")
    port, acknowledged = free_port(), list[str]()
    names = [uuid4().hex for _ in range(POSTS)]

    async def post(client: AsyncClient) -> None:
        while names:
            name = names.pop()
            try:
                response = await client.post(ENTRIES, json={"name": name})
            except TransportError:
                await asyncio.sleep(0.05)
                continue
            assert response.status_code == 202, response.text
            acknowledged.append(response.headers["location"])

    async with client_of(port) as client:
        app = "workshop.jobs.service:service"
        async with served(url, tmp_path, app=app, port=port):  # its end is a SIGKILL
            posts = asyncio.gather(*(post(client) for _ in range(8)))
            while len(acknowledged) < POSTS // 3:
                await asyncio.sleep(0.01)
        await posts
        jobs = {str(each).replace("-", "") for (each,) in run_sql(url, "SELECT id FROM jobs")}
        ((things,),) = run_sql(url, "SELECT count(*) FROM things")
    known = {each.rpartition("/")[2].replace("-", "") for each in acknowledged}
    print(f"{POSTS} POSTs, {len(known)} acknowledged before the kill: {len(jobs)} jobs")
    assert known <= jobs
    assert len(jobs) == things
    assert len(jobs) - len(known) <= 8  # those that were on their way
    assert POSTS // 3 <= len(known) < POSTS


@pytest.mark.usefixtures("postgres_only")
async def test_broken_connections_lose_and_double_nothing(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        await add_entries(rig, 150, 0.5, 2)
        workers = [await rig.work() for _ in range(2)]
        await rig.until("status = 'running'", 8, 60)  # on four places of each
        slowest, rounds = 0.0, 0
        while rig.count("status = 'succeeded'") < 150 and rounds < 12:
            await asyncio.sleep(5)
            await asyncio.to_thread(run_sql, url, END_BACKENDS)
            rounds += 1
            begun = rig.count("lease > 0")
            if begun < 150:
                slowest = max(slowest, await rig.until("lease > 0", begun + 1, 30))
        await rig.until("status = 'succeeded'", 150, 60)

        assert [each.returncode for each in workers] == [None, None]
        assert rig.entries() == (150, 150)
        ((losses,),) = rig.ask("SELECT sum(losses) FROM jobs")
    print(f"{rounds} times all backends: new jobs after {slowest:.1f} s at most; {losses} losses")
    assert slowest < 5


async def test_stopped_worker_overwrites_nothing(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        job = await rig.add(ENTRY, Steps(seconds=2, steps=4))
        first = await rig.work()
        await rig.until("status = 'running'", 1, 60)
        first.send_signal(signal.SIGSTOP)
        second = await rig.work()
        taken = await rig.until("status = 'succeeded'", 1, 3 * LEASE_SECONDS)
        before = rig.ask("SELECT * FROM jobs")
        first.send_signal(signal.SIGCONT)
        await rig.add(ENTRY, Steps())
        await rig.until("status = 'succeeded'", 2, 60)
        await asyncio.sleep(5)  # in which the first worker would have ended the job

        assert rig.entries() == (2, 2)
        assert rig.ask(f"SELECT * FROM jobs WHERE id = '{_stored(url, job.id)}'") == before  # noqa: S608
        assert (first.returncode, second.returncode) == (None, None)
    print(f"A stopped worker's job was done by another one {taken:.1f} s later")


def _stored(url: URL, job_id: object) -> str:
    return str(job_id).replace("-", "") if url.get_backend_name() == "sqlite" else str(job_id)
