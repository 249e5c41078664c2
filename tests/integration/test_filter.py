"""Filters together, and filters of fields that every feature has."""

from datetime import datetime

import pytest
from pydantic import MISSING

from src.core.database import Database
from tests.things import ThingCreate, ThingQuery, ThingService


class Query(ThingQuery):
    name: str | MISSING = MISSING
    name_min: str | MISSING = MISSING
    name_max: str | MISSING = MISSING
    created_at_min: datetime | MISSING = MISSING


@pytest.fixture
async def filled(database: Database) -> Database:
    async with database.writing() as session:
        for name in ("a", "b", "c", "d"):
            await ThingService(session).create(ThingCreate(name=name))
    return database


async def names(database: Database, **filters: object) -> list[str]:
    async with database.reading() as session:
        query = Query.model_validate({"sort": "name"} | filters)
        page = await ThingService(session).find(query)
    return [thing.name for thing in page.items]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"name_min": "b", "name_max": "c"}, ["b", "c"]),
        ({"name": "b", "name_min": "c"}, []),
        ({"created_at_min": "2000-01-01T00:00:00Z"}, ["a", "b", "c", "d"]),
        ({"created_at_min": "9000-01-01T00:00:00Z"}, []),
        ({"sort": "-name", "name_max": "c", "skip": 1}, ["b", "a"]),
    ],
)
async def test_list_has_what_passes_all_filters(
    filled: Database, filters: dict[str, object], expected: list[str]
) -> None:
    assert await names(filled, **filters) == expected


async def test_pages_and_total_are_those_of_what_passes(filled: Database) -> None:
    async with filled.reading() as session:
        things = ThingService(session)
        first = await things.find(Query(sort="name", name_min="b", limit=2, total=True))
        assert first.next_cursor
        second = await things.find(Query(sort="name", name_min="b", cursor=first.next_cursor))

    assert [each.name for each in [*first.items, *second.items]] == ["b", "c", "d"]
    assert first.total == 3
    assert second.next_cursor is None
