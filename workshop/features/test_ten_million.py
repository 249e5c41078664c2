"""Ten million events to features on one machine."""

import sys
import time
from pathlib import Path

import duckdb
import psutil

EVENTS, CUSTOMERS, DAYS = 10_000_000, 100_000, 28
MOST_SECONDS, MOST_MEMORY = 30, 1_000_000_000


def write(path: Path) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(
            f"""
            COPY (
                SELECT
                    'c' || hash(n) % {CUSTOMERS} AS customer,
                    TIMESTAMP '2026-10-01' + to_seconds(
                        CAST(n * {DAYS * 86_400 / EVENTS} AS DOUBLE)
                    ) AS "at",
                    CAST(hash(n + 1) % 100000 AS BIGINT) AS amount_cents,
                    ['web', 'shop', 'app'][CAST(hash(n + 2) % 3 AS INTEGER) + 1] AS channel
                FROM range({EVENTS}) AS numbers(n)
            ) TO '{path}' (FORMAT parquet)
            """  # noqa: S608
        )


def test_ten_million_events_become_features_on_one_machine(tmp_path: Path) -> None:
    events, target = tmp_path / "events.parquet", tmp_path / "features.parquet"
    write(events)
    started, most, cpu = time.monotonic(), 0, 0.0
    child = psutil.Popen([sys.executable, "-m", "examples.features", str(events), str(target)])
    while child.poll() is None:
        time.sleep(0.05)
        with child.oneshot():
            if child.status() != psutil.STATUS_ZOMBIE:
                most = max(most, child.memory_info().rss)
                cpu = sum(child.cpu_times()[:2])
    seconds = time.monotonic() - started
    with duckdb.connect(":memory:") as connection:
        (total, rows) = connection.execute(
            f"SELECT sum(orders), count(*) FROM '{target}'"  # noqa: S608
        ).fetchall()[0]

    print(
        f"\n{EVENTS:,} events, {rows:,} rows: {seconds:.1f} s, {cpu:.1f} s of CPU, {most / 1e6:.0f} MB"
    )
    assert child.returncode == 0
    assert total == EVENTS
    assert cpu <= MOST_SECONDS  # what it takes on an idle machine with one core
    assert most <= MOST_MEMORY
