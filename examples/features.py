"""From events to features, and into the feature store: ``python -m examples.features``.

``python -m examples.features EVENTS FEATURES`` reads and writes files instead, CSV or Parquet.
The service has to run otherwise: ``SERVICE_URL`` is its address, ``SERVICE_TOKEN`` the caller's
token. The packages of the worker are needed.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import httpx

type Json = dict[str, Any]

EVENTS = Path("data/events.csv")
BATCH = 10_000
TYPES = {"orders": "int", "spent": "float", "mean": "float", "spread": "float", "channel": "text"}
"""The features of a customer's day: those of the view."""
COLUMNS = {"customer": "VARCHAR", "at": "TIMESTAMP", "amount_cents": "BIGINT", "channel": "VARCHAR"}
"""Those of an event. Times are in UTC."""


def features(events: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Return what is known of each customer after each day with a purchase.

    It needs all events of a customer, and no others: events may be divided by customer. Their order
    changes no digit, so that a run can be repeated: sums of whole numbers are exact, which steps
    towards a deviation are not, and of two events at a time the greater channel is the last one.
    """
    return events.query(
        "events",
        """
        SELECT
            customer AS entity,
            date_trunc('day', "at") + INTERVAL 1 DAY AS event_at,
            count(*) AS orders,
            sum(amount_cents) / 100 AS spent,
            avg(amount_cents) / 100 AS mean,
            sqrt(
                (
                    count(*) * sum(amount_cents::HUGEINT * amount_cents)
                    - sum(amount_cents) * sum(amount_cents)
                ) / (count(*) * nullif(count(*) - 1, 0))
            ) / 100 AS spread,
            arg_max(channel, ("at", channel)) AS channel
        FROM events
        GROUP BY ALL
        """,
    )


@contextmanager
def opened() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB in 600 MB of memory; what is more goes to the disk."""
    with TemporaryDirectory() as folder:
        config = {"memory_limit": "600MB", "temp_directory": folder, "TimeZone": "UTC"}
        with duckdb.connect(":memory:") as connection:
            for name, value in config.items():
                connection.execute(f"SET {name} = '{value}'")
            yield connection


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyRelation:
    if path.suffix == ".parquet":
        return connection.read_parquet(str(path))
    return connection.read_csv(str(path), columns=COLUMNS)


def features_of(events: Iterable[Mapping[str, object]]) -> list[Json]:
    """Return the features of a part of the events: all those of some customers."""
    with opened() as connection:
        form = json.dumps([COLUMNS])
        given = json.dumps([*events])
        relation = connection.sql(
            "SELECT unnest(from_json(?, ?), recursive := true)", params=[given, form]
        )
        return [*rows_of(features(relation))]


def rows_of(found: duckdb.DuckDBPyRelation) -> Iterator[Json]:
    """Yield rows as the feature store takes them."""
    for entity, event_at, *values in found.iter_rows():
        named = dict(zip(TYPES, values, strict=True))
        yield {"entity": entity, "event_at": f"{event_at.isoformat()}Z", "values": named}


def main(events: Path = EVENTS, target: Path | None = None) -> None:
    with opened() as connection:
        found = features(read(connection, events))
        if target is None:
            send(rows_of(found))
        elif target.suffix == ".parquet":
            found.write_parquet(str(target))
        else:
            found.write_csv(str(target))


def send(rows: Iterable[Json]) -> None:
    """Append rows to a view, and read them back. A second run changes nothing."""
    token = os.environ.get("SERVICE_TOKEN")
    with httpx.Client(
        base_url=os.environ.get("SERVICE_URL", "http://127.0.0.1:8000"),
        headers={"Authorization": f"Bearer {token}"} if token else None,
        mounts={"all://127.0.0.1": None},  # to which no proxy leads
        timeout=120,
    ) as client:
        path = f"feature-views/{view(client)}"
        for some in batched(rows, BATCH, strict=False):
            print(call(client, "POST", f"{path}/values", json={"rows": some}))
        moments = [{"entity": "c001", "at": f"2026-10-{day:02}T12:00:00Z"} for day in (2, 9, 16)]
        for row in call(client, "POST", f"{path}/historical", json={"rows": moments})["rows"]:
            print(f"  {row}")
        latest = call(client, "POST", f"{path}/online", json={"entities": ["c001"]})["rows"]
        print(f"Latest: {latest[0]['values']}")


def view(client: httpx.Client) -> str:
    """Return the id of the view, made if there is none."""
    name = "customer days"
    found = call(client, "GET", "feature-views", params={"name": name})["items"]
    new = {"name": name, "entity": "customer", "features": TYPES}
    view_id: str = (found or [call(client, "POST", "feature-views", json=new)])[0]["id"]
    return view_id


def call(client: httpx.Client, method: str, path: str, **content: Any) -> Json:
    response = client.request(method, f"/api/v1/{path}", **content)
    if not response.is_success:
        raise SystemExit(response.text)
    answer: Json = response.json()
    return answer


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
