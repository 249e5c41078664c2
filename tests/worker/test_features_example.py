"""The example, run as its readers run it, and compared with SQLite."""

import math
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from examples import events, features
from tests.e2e import test_service
from tests.e2e.test_service import served

environment = test_service.environment
built = test_service.built

SECONDS = 300
ORACLE = """
    SELECT
        customer, event_at, count(*), sum(amount_cents) / 100.0, avg(amount_cents) / 100,
        CASE WHEN count(*) > 1 THEN sqrt(
            (count(*) * sum(amount_cents * amount_cents) - sum(amount_cents) * sum(amount_cents))
            / (count(*) * (count(*) - 1.0))
        ) / 100 END,
        max(last)
    FROM (
        SELECT *, first_value(channel) OVER (
            PARTITION BY customer, event_at ORDER BY "at" DESC
        ) AS last
        FROM (SELECT *, date("at", '+1 day') || 'T00:00:00Z' AS event_at FROM events)
    )
    GROUP BY customer, event_at ORDER BY customer, event_at
"""


def oracle() -> list[tuple[object, ...]]:
    """Return the features of the events, by another database."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute('CREATE TABLE events (customer, "at", amount_cents, channel)')
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", events.events())
        return [*connection.execute(ORACLE)]


def is_close(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


def assert_equal(rows: list[features.Json]) -> None:
    found = sorted(
        (each["entity"], each["event_at"], *(each["values"][name] for name in features.TYPES))
        for each in rows
    )
    wanted = oracle()
    assert len(found) == len(wanted) > 1_000
    for one, other in zip(found, wanted, strict=True):
        assert all(map(is_close, one, other)), (one, other)


def test_script_makes_the_data_that_are_here(tmp_path: Path) -> None:
    events.write(tmp_path / "events.csv")

    assert (tmp_path / "events.csv").read_bytes() == events.PATH.read_bytes()


def test_features_of_a_file_are_those_of_another_database() -> None:
    with features.opened() as connection:
        found = features.features(features.read(connection, events.PATH))
        assert_equal([*features.rows_of(found)])


@pytest.mark.parametrize("parts", [1, 7])
def test_features_of_parts_are_those_of_all_events(parts: int) -> None:
    named = [dict(zip(features.COLUMNS, each, strict=True)) for each in events.events()]
    divided = [
        [each for each in named if int(str(each["customer"])[1:]) % parts == number]
        for number in range(parts)
    ]

    assert_equal([row for part in divided for row in features.features_of(part)])


def test_order_of_events_changes_no_digit() -> None:
    """Threads and engines bring them in any order, and stored values never change."""
    named = [dict(zip(features.COLUMNS, each, strict=True)) for each in events.events()]
    named += [each | {"channel": "web"} for each in named[:100]]  # at the same times
    named += [each | {"channel": "app"} for each in named[:100]]

    one, other = (
        sorted(features.features_of(each), key=lambda row: (row["entity"], row["event_at"]))
        for each in (named, reversed(named))
    )

    assert one == other


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_features_are_written_to_files(tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"features.{ending}"

    features.main(events.PATH, target)
    again = tmp_path / f"again.{ending}"
    with features.opened() as connection:
        read = connection.sql(f"FROM '{target}'").fetchall()
        features.main(events.PATH, again)

    assert len(read) == len(oracle())


def test_features_go_to_the_store_twice_and_change_nothing(
    built: dict[str, str], tmp_path: Path
) -> None:
    with served(built, "src.serve") as (client, _):
        told = []
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-m", "examples.features"],
                env=os.environ | {"SERVICE_URL": str(client.base_url), "TMPDIR": str(tmp_path)},
                capture_output=True,
                encoding="utf-8",
                check=False,
                timeout=SECONDS,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            told.append(done.stdout)
        (view,) = client.get("/api/v1/feature-views").json()["items"]
        path, wanted = f"/api/v1/feature-views/{view['id']}", oracle()
        moments = [{"entity": entity, "at": at} for entity, at, *_ in wanted]
        stored = client.post(f"{path}/historical", json={"rows": moments}).json()["rows"]

    count = len(wanted)
    assert f"'received': {count}, 'stored': {count}" in told[0]
    assert f"'received': {count}, 'stored': 0, 'moved': 0" in told[1]
    assert told[0].partition("\n")[2] == told[1].partition("\n")[2]
    assert_equal(stored)
