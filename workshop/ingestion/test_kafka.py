"""Processes are killed, stopped and cut off from the database: each record counts, and once."""

import asyncio
import random
import signal
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import URL

from workshop.ingestion.points import compare, experiments
from workshop.ingestion.rig import Rig, cpu_seconds, grouped, megabytes, rigged, size
from workshop.rigs.forwarder import forwarded

pytestmark = pytest.mark.usefixtures("postgres_only")

RECORDS, KILLS, PAUSES = size("RECORDS", 300_000), size("KILLS", 15), size("PAUSES", 6)
OUTAGE_SECONDS = size("OUTAGE_SECONDS", 20)
WORKERS = 3
GOAL, MEMORY = 8.0, 100.0
"""Microseconds of a worker's CPU per record, and megabytes by which an outage may let it grow."""
SECONDS = 3
"""Seconds until a process is killed. In a group, something has to be written, too: the partitions of
one that was killed stand still until its session has timed out.
"""


async def pause(rig: Rig, name: str) -> None:
    """Stop a process until its partitions may be somebody else's, or a little less."""
    process = rig.processes[name]
    process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(random.uniform(5, 9))  # noqa: S311
    if process.returncode is None:
        process.send_signal(signal.SIGCONT)


async def storm(rig: Rig, pauses: int, *, shares: bool) -> list[int]:
    """Send records while processes are killed in turn; return how many were written by each kill."""
    waiting, written = set[asyncio.Task[None]](), list[int]()
    for kill in range(KILLS):
        before = await asyncio.to_thread(rig.read)
        await asyncio.to_thread(rig.send, (RECORDS - rig.sent) // (KILLS - kill))
        if kill * pauses // KILLS < (kill + 1) * pauses // KILLS:
            waiting.add(asyncio.create_task(pause(rig, rig.names[(kill + 1) % WORKERS])))
        await asyncio.sleep(SECONDS)
        if not shares:
            await rig.until_read(before + 1)
        name = rig.names[kill % WORKERS]
        await rig.kill(name)
        await rig.start(name, shares=shares)
        written.append(await asyncio.to_thread(rig.read))
    await asyncio.gather(*waiting)
    return written


@pytest.mark.parametrize("shares", [False, True], ids=["group", "shares"])
async def test_kills_and_pauses_lose_and_double_nothing(
    url: URL, tmp_path: Path, shares: bool
) -> None:
    brokers = rigged if shares else grouped
    async with brokers(url, tmp_path, await experiments(url)) as rig:
        rig.send(RECORDS // 10)
        for name in rig.names:
            await rig.start(name, shares=shares)
        await rig.until_read(1)
        written = await storm(rig, PAUSES, shares=shares)
        rest = await rig.until_read(RECORDS)
        told = compare(url, rig.owned, RECORDS)
    stuck = sum(before == after for before, after in pairwise(written))
    print(
        f"{KILLS} kills, {PAUSES} pauses: {written[-1]:,} of {RECORDS:,} "
        f"records written by then, the rest {rest:.1f} s later; {told}; {stuck} of {KILLS - 1} "
        "times nothing was written from one kill to the next"
    )
    assert not stuck


async def test_outage_of_the_database_loses_nothing(url: URL, tmp_path: Path) -> None:
    async with (
        rigged(url, tmp_path, await experiments(url)) as rig,
        forwarded(url) as forwarder,
    ):
        rig.send(RECORDS // 10)
        worker = await rig.start("only", url=forwarder.url)
        await rig.until_read(RECORDS // 10)
        sending = asyncio.to_thread(rig.send, RECORDS - rig.sent)
        before = megabytes(worker)
        forwarder.swallow()
        await sending
        await asyncio.sleep(OUTAGE_SECONDS)
        grown, read = megabytes(worker) - before, rig.read()
        await forwarder.forward()
        seconds = await rig.until_read(RECORDS)
        told = compare(url, rig.owned, RECORDS)
    print(
        f"The database was away for {OUTAGE_SECONDS} s with {RECORDS - read:,} records to come: "
        f"{grown:.0f} MB more, all written {seconds:.1f} s later; {told}"
    )
    assert grown < MEMORY


async def test_cost_of_a_record(url: URL, tmp_path: Path) -> None:
    async with rigged(url, tmp_path, await experiments(url)) as rig:
        rig.send(RECORDS // 10)
        worker = await rig.start("only", shares=True)
        await rig.until_read(RECORDS // 10)
        worker.send_signal(signal.SIGSTOP)  # so that whole batches wait for it
        await asyncio.to_thread(rig.send, RECORDS - rig.sent)
        before = cpu_seconds(worker)
        worker.send_signal(signal.SIGCONT)
        seconds = await rig.until_read(RECORDS)
        cost = (cpu_seconds(worker) - before) / (RECORDS - RECORDS // 10) * 1e6
    rate = (RECORDS - RECORDS // 10) / seconds
    print(f"{cost:.1f} us of the worker's CPU per record, {rate:,.0f} records/s")
    assert cost <= GOAL
