"""A process that reads a file is killed again and again: each line counts, and once."""

import asyncio
from contextlib import suppress
from pathlib import Path

from sqlalchemy import URL

from workshop.ingestion.points import POISON, compare, experiments, is_poison, records
from workshop.ingestion.rig import PATIENCE_SECONDS, cpu_seconds, read_in, size, started_with
from workshop.rigs.clients import until

RECORDS, KILLS = size("RECORDS", 300_000) * 2 // 3, 6


async def test_kills_lose_and_double_nothing(url: URL, tmp_path: Path) -> None:
    path = tmp_path / "points.ndjson"
    owned = await experiments(url)
    with path.open("wb") as file:
        file.writelines(each + b"\n" for each in records(owned, 0, RECORDS))
    total, kills, spent = path.stat().st_size, 0, 0.0
    for step in range(1, KILLS + 1):
        process = await started_with(url, tmp_path, "file", str(path))

        async def is_far(step: int = step) -> bool:
            return await asyncio.to_thread(read_in, url) > total * step // (KILLS + 2)

        await until(is_far, PATIENCE_SECONDS)
        spent += cpu_seconds(process)
        with suppress(ProcessLookupError):
            process.kill()
            kills += 1
        await process.wait()
    last = await started_with(url, tmp_path, "file", str(path))

    assert await last.wait() == 0
    assert read_in(url) == total
    poison = filter(is_poison, range(RECORDS))
    blank = sum(POISON[n % len(POISON)] == "" for n, _ in enumerate(poison))
    print(
        f"{kills} kills, {total / 1e6:.0f} MB: {compare(url, owned, RECORDS, blank)}; "
        f"{spent:.1f} s of CPU in the lives that were cut short"
    )
