"""Pages in an order with ties and nulls: walking them shows every row once, in that order."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import cycle
from random import Random
from uuid import UUID

import pytest

from src.core.database import Database
from tests.thing_parts import (
    ThingPartCreate,
    ThingPartQuery,
    ThingPartResponse,
    ThingPartService,
)
from tests.things import ThingCreate, ThingService

ROWS = 40


async def filled(database: Database, seed: int) -> list[ThingPartResponse]:
    random = Random(seed)  # noqa: S311  # no secret
    async with database.writing() as session:
        thing = await ThingService(session).create(ThingCreate(name="Apollo"))
        parts = ThingPartService(session)
        return [await parts.create(random_part(thing.id, random)) for _ in range(ROWS)]


def random_part(thing_id: UUID, random: Random) -> ThingPartCreate:
    times = (None, "2030-01-01T00:00:00Z", "2030-01-01T00:00:00.5Z")
    return ThingPartCreate.model_validate(
        {
            "thing_id": thing_id,
            "price": Decimal(random.randint(0, 3)),
            "made": date(2030, 1, random.randint(1, 3)),
            "seen_at": random.choice(times),
            "count": random.choice((None, None, 0, 1, 2)),
        }
    )


async def walked(database: Database, *limits: int, **query: object) -> list[ThingPartResponse]:
    """Return the rows of all pages, whose lengths are these limits in turn."""
    lengths = cycle(limits)
    items: list[ThingPartResponse] = []
    async with database.reading() as session:
        while True:
            page = await ThingPartService(session).find(
                ThingPartQuery.model_validate({**query, "limit": next(lengths)})
            )
            items += page.items
            if page.next_cursor is None:
                return items
            query["cursor"] = page.next_cursor


def in_order(rows: Sequence[ThingPartResponse], sort: str) -> list[ThingPartResponse]:
    name = sort.removeprefix("-")
    ordered = sorted(rows, key=lambda row: row.id, reverse=sort != name)
    nulls = [row for row in ordered if getattr(row, name) is None]
    others = [row for row in ordered if getattr(row, name) is not None]
    return [*sorted(others, key=lambda row: getattr(row, name), reverse=sort != name), *nulls]


@pytest.mark.parametrize("seed", range(2))
async def test_pages_neither_repeat_nor_skip_with_ties_and_nulls(
    database: Database, seed: int
) -> None:
    rows = await filled(database, seed)

    for name in ("id", "price", "made", "seen_at", "count"):
        for sort in (name, f"-{name}"):
            items = await walked(database, seed + 1, 9, 4, sort=sort)
            assert items == in_order(rows, sort)


@pytest.mark.parametrize("sort", ["count", "-count"])
async def test_filters_hold_on_both_sides_of_the_first_null(database: Database, sort: str) -> None:
    rows = await filled(database, 3)

    for query, passing in (
        ({"made_min": "2030-01-02"}, [row for row in rows if row.made >= date(2030, 1, 2)]),
        ({"count_null": True}, [row for row in rows if row.count is None]),
        ({"count_null": False}, [row for row in rows if row.count is not None]),
        ({"count_min": 1}, [row for row in rows if row.count in {1, 2}]),
    ):
        assert await walked(database, 3, sort=sort, **query) == in_order(passing, sort)


@pytest.mark.parametrize("sort", ["count", "-count"])
async def test_skip_counts_across_the_first_null(database: Database, sort: str) -> None:
    rows = await filled(database, 4)

    for skip in range(0, ROWS + 1, 5):
        query = ThingPartQuery.model_validate({"sort": sort, "skip": skip, "limit": 10})
        async with database.reading() as session:
            page = await ThingPartService(session).find(query)
        assert page.items == in_order(rows, sort)[skip : skip + 10]
