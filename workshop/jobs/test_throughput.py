"""What a job costs that does nothing: the engine's share of every other one."""

import asyncio
import time
from pathlib import Path

import psutil
from sqlalchemy import URL

from workshop.jobs.kinds import NOTHING, Nothing
from workshop.jobs.rig import Watch, cpu_seconds, rigged

JOBS, WARM, IDLE_SECONDS = 1_000, 20, 10


async def test_throughput(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path) as rig:
        worker = await rig.work("--concurrency", "10")
        for _ in range(WARM):
            await rig.add(NOTHING, Nothing())
        await rig.until("status = 'succeeded'", WARM, 60)
        before, idle = cpu_seconds(worker), Watch()
        await asyncio.sleep(IDLE_SECONDS)
        idling = (cpu_seconds(worker) - before) / idle.seconds

        own, before, lasting = time.process_time(), cpu_seconds(worker), Watch()
        for _ in range(JOBS):
            await rig.add(NOTHING, Nothing())
        enqueued, enqueuing = time.process_time() - own, lasting.seconds
        await rig.until("status = 'succeeded'", JOBS + WARM, 300)
        working, seconds = cpu_seconds(worker) - before, lasting.seconds
        rss = psutil.Process(worker.pid).memory_info().rss

        assert rig.count("status <> 'succeeded' OR lease <> 1") == 0
    print(
        f"{JOBS} jobs in {seconds:.1f} s ({JOBS / seconds:.0f}/s), enqueued in {enqueuing:.1f} s; "
        f"CPU of one: {enqueued / JOBS * 1000:.2f} ms to enqueue, {working / JOBS * 1000:.2f} ms of "
        f"the worker; idle {idling:.2%}; {rss / 2**20:.0f} MB"
    )
