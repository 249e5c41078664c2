"""Features as of the times of labels, by DuckDB, compared with a search by hand."""

import asyncio
import random
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pytest
from httpx import AsyncClient

from src.core.blocking import blocking
from src.core.database import Database
from src.core.errors import ConflictError
from src.core.settings import Settings
from src.feature_store import frames, history
from src.feature_store.frames import FeatureService
from src.schemas.feature_view import FeatureViewCreate
from src.schemas.version_features import ChosenView
from src.services import feature_history
from src.services.developer import DEVELOPER, add_developer
from src.services.feature_view import FeatureViewService
from tests.databases import create_tables, make_empty
from tests.integration.test_feature_values import TIME, append, at, by_hand, row, view
from tests.integration.test_version_features import of

type Rows = list[tuple[Any, ...]]


async def frame(database: Database, labels: object, *views: dict[str, Any]) -> Rows:
    chosen = [ChosenView.model_validate(each) for each in views]
    relation = await frames.frame(database, DEVELOPER, chosen, labels)
    rows: Rows = relation.fetchall()
    return rows


def csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("ttl", [None, 20])
async def test_frame_is_that_of_a_search_by_hand(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, ttl: int | None
) -> None:
    """10,000 labels in no order: ties, events that arrive late, and a time to live."""
    monkeypatch.setattr(history, "ENTITIES", 7)
    chance = random.Random(ttl)  # noqa: S311
    used = await view(client, ttl_seconds=ttl)
    events = {
        (f"e{chance.randrange(20)}", chance.randrange(600) / 2): chance.random() for _ in range(900)
    }
    rows = [row(entity, seconds, spent=value) for (entity, seconds), value in events.items()]
    await append(client, used, *rows)
    asked = [(f"e{chance.randrange(22)}", chance.randrange(-20, 1300) / 4) for _ in range(10_000)]
    labels = {
        "entity": np.array([entity for entity, _ in asked], dtype=object),
        "at": np.array([at(seconds) for _, seconds in asked], dtype=object),
        "place": np.arange(len(asked)),
    }

    found = await frame(database, labels, of(used))

    assert [place for _, _, place, _ in found] == [*range(len(asked))]
    assert [spent for *_, spent in found] == [by_hand(events, *each, ttl) for each in asked]


async def test_labels_keep_their_columns_beside_features_of_several_views(
    client: AsyncClient, database: Database, tmp_path: Path
) -> None:
    first, second = (
        await view(client, {"a": "text", "b": "bool", "n": "int"}),
        await view(client, ttl_seconds=5),
    )
    await append(client, first, row("7", 0, a="ä 'x'", b=True, n=2**53 - 1))
    await append(client, second, row("7", 0, spent=0.5))
    labels = csv(
        tmp_path / "it's.csv",
        "label,at,entity",
        f"new,{at(5)},7",
        "old,2026-11-01 10:00:06+02,7",
        f"old,{at(-1)},7",
    )

    found = await frame(database, labels, of(second), of(first, "n", "a", "b"))

    assert [each[0::2] for each in found] == [
        ("new", 7, 2**53 - 1, True),
        ("old", 7, 2**53 - 1, True),
        ("old", 7, None, None),
    ]
    assert [each[3::2] for each in found] == [(0.5, "ä 'x'"), (None, "ä 'x'"), (None, None)]
    assert found[1][1].astimezone(UTC) == TIME + timedelta(seconds=6)


async def test_feature_that_was_added_is_null_before(
    client: AsyncClient, database: Database, tmp_path: Path
) -> None:
    used = await view(client)
    await append(client, used, row("ada", 0, spent=1))
    await client.patch(used, json={"features": {"spent": "float", "more": "int"}})

    labels = csv(tmp_path / "labels.csv", "entity,at", f"ada,{at(1)}")

    assert [each[2:] for each in await frame(database, labels, of(used))] == [(None, 1.0)]


async def test_others_values_are_not_joined(
    client: AsyncClient, other: AsyncClient, database: Database, tmp_path: Path
) -> None:
    theirs = await view(other)

    with pytest.raises(ConflictError, match="There is no such feature view"):
        await frame(database, csv(tmp_path / "l.csv", "entity,at", f"ada,{at(0)}"), of(theirs))


async def test_rows_of_the_history_are_counted(
    client: AsyncClient, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = await view(client)
    await append(client, used, *(row("ada", n, spent=n) for n in range(6)))
    monkeypatch.setattr(history, "ROWS", 6)
    labels = csv(tmp_path / "labels.csv", "entity,at", f"ada,{at(5)}")
    assert [each[2] for each in await frame(database, labels, of(used))] == [5]
    await append(client, used, row("ada", 6, spent=6))

    with pytest.raises(ConflictError, match="more than"):
        await frame(database, labels, of(used))


async def test_history_comes_in_pages(client: AsyncClient, database: Database) -> None:
    used = await view(client)
    size = feature_history.PAGE
    await append(client, used, *(row(f"{n % 3}", n / 100, spent=n) for n in range(size)))
    await append(client, used, row("1", size, spent=size))
    view_id = UUID(of(used)["feature_view_id"])

    async with database.reading() as session:
        pages = feature_history.FeatureHistory(session, DEVELOPER).pages(view_id, ["0", "1", "2"])
        sizes = [len(rows) async for rows in pages]

    assert sizes == [size, 1]


@pytest.mark.parametrize("step", ["_opened", "_join"])
async def test_others_write_while_labels_are_read_and_joined(
    client: AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    used, loop = await view(client), asyncio.get_running_loop()
    labels = {
        "entity": np.array(["ada"], dtype=object),
        "at": np.array([at(1)], dtype=object),
    }
    act, changed = getattr(frames, step), list[int]()

    def meanwhile(*arguments: Any) -> Any:
        change = client.patch(used, json={"ttl_seconds": 9})
        answer = asyncio.run_coroutine_threadsafe(change, loop).result(60)
        changed.append(answer.status_code)
        return act(*arguments)

    monkeypatch.setattr(frames, step, meanwhile)

    assert len(await frame(database, labels, of(used))) == 1
    assert changed == [200]


def test_frame_needs_no_event_loop_and_no_session(
    concurrent_settings: Settings, tmp_path: Path
) -> None:
    async def prepare() -> None:
        database = Database(concurrent_settings)
        await create_tables(database)
        await make_empty(database)
        await add_developer(database)
        await database.dispose()

    asyncio.run(prepare())
    new = FeatureViewCreate(name="customers", entity="customer", features={"spent": "float"})
    with blocking(partial(FeatureViewService, owner_id=DEVELOPER), concurrent_settings) as views:
        view_id = views.create(new).id
    labels = csv(tmp_path / "labels.csv", "entity,at", f"ada,{at(0)}")

    found = FeatureService(DEVELOPER, concurrent_settings).frame(
        [ChosenView(feature_view_id=view_id)], labels
    )

    assert [(entity, spent) for entity, _, spent in found.fetchall()] == [("ada", None)]


def test_relation_outlives_its_connection() -> None:
    """`frame` returns one whose connection nobody keeps."""

    def made() -> duckdb.DuckDBPyRelation:
        connection = duckdb.connect(":memory:")
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        return connection.table("t")

    assert made().fetchall() == [(1,)]
