"""A preview of a gigabyte, and what it takes."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import psutil

from src.jobs.child import run_in_child
from src.previews.bounds import MEMORY_BYTES
from src.schemas.job import Json

SIZE = 1_000_000_000
MOST_MEMORY = 512 * 1024 * 1024


class Silent:
    """Hears of no progress."""

    def progress(
        self, done: float | None = None, total: float | None = None, message: str | None = None
    ) -> None:
        pass


def lines(count: int) -> Iterator[bytes]:
    random = Random(7)  # noqa: S311
    for number in range(count):
        kind = random.choice(("setosa", "versicolor", "virginica", ""))
        day = f"2026-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}"
        values = number, random.randrange(10**9), f"{random.gauss():.6f}", kind, day, "some text"
        yield ",".join(map(str, values)).encode() + b"\n"


def written(path: Path) -> int:
    """Write a CSV and return its number of rows."""
    block, blocks = b"".join(lines(100_000)), 0
    with path.open("wb") as file:
        file.write(b"id,number,measure,species,day,remark\n")
        while file.tell() < SIZE:
            file.write(block)
            blocks += 1
    return blocks * 100_000


async def test_gigabyte_is_previewed_within_512_mb(tmp_path: Path) -> None:
    path, folder = tmp_path / "large.csv", tmp_path / "folder"
    folder.mkdir()
    rows = written(path)
    request: Json = {"path": str(path), "folder": str(folder), "options": {}}
    started, highest, cpu = time.monotonic(), 0, 0.0
    child = run_in_child(Silent(), "src.previews.child", request, memory_bytes=MEMORY_BYTES)
    task = asyncio.create_task(child)
    while not task.done():
        await asyncio.sleep(0.05)
        for each in psutil.Process().children():
            highest, times = max(highest, each.memory_info().rss), each.cpu_times()
            cpu = max(cpu, times.user + times.system)
    preview = await task

    print(
        f"\n{path.stat().st_size / 1e9:.2f} GB, {rows} rows: {time.monotonic() - started:.0f} s, "
        f"{cpu:.0f} s of CPU, {highest / 2**20:.0f} MB"
    )
    assert (preview["row_count"], preview["profiled_rows"]) == (rows, rows)
    assert highest <= MOST_MEMORY
    assert [each.name for each in folder.iterdir()] == ["head"]
