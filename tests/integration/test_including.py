"""Rows with others that belong to them: of any number, and whatever happens in between."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from src.core.database import Database
from src.schemas.including import LINKED, Include
from src.services.included import SIZES
from tests.thing_links import ThingPartOtherService
from tests.thing_parts import (
    ThingPartCreate,
    ThingPartInclude,
    ThingPartIncluding,
    ThingPartQuery,
    ThingPartResponse,
    ThingPartService,
)
from tests.things import ThingCreate, ThingResponse, ThingService

OTHERS = Include[ThingPartInclude](include=["others"])
SPARE = Include[ThingPartInclude](include=["spare"])


async def fill(database: Database, rows: int, things: int) -> list[ThingPartResponse]:
    """Create rows that refer to so many things in turn."""
    async with database.writing() as session:
        made = [
            await ThingService(session).create(ThingCreate(name=f"{number}"))
            for number in range(things)
        ]
        parts = [
            ThingPartCreate(
                thing_id=made[0].id,
                spare_id=made[number % things].id,
                price=Decimal(number),
                made=date(2030, 1, 1),
            )
            for number in range(rows)
        ]
        return [await ThingPartService(session).create(part) for part in parts]


@pytest.mark.parametrize("things", [*SIZES, *(size + 1 for size in SIZES[:-1])])
async def test_page_includes_any_number_of_rows(database: Database, things: int) -> None:
    rows = await fill(database, SIZES[-1], things)

    async with database.reading() as session:
        query = ThingPartQuery(sort="id", limit=len(rows), include=["spare"])
        page = await ThingPartService(session).find_including(query)

    assert [each.spare_id for each in page.items] == [each.spare_id for each in rows]
    included = [ThingResponse.model_validate(each.spare) for each in page.items]
    assert [each.id for each in included] == [each.spare_id for each in rows]
    assert [each.name for each in included] == [f"{number % things}" for number in range(len(rows))]


class Interrupted(ThingPartService):
    """Something else deletes the spare part between the two queries."""

    async def get(self, entity_id: UUID) -> ThingPartResponse:
        row = await super().get(entity_id)
        assert row.spare_id
        await ThingService(self._session).delete(row.spare_id)
        return row


async def test_row_that_has_gone_in_between_is_null(database: Database) -> None:
    _, row = await fill(database, 2, 2)

    async with database.writing() as session:
        shown = await Interrupted(session).get_including(row.id, SPARE)

    assert shown.spare is None
    assert shown == ThingPartIncluding.model_construct(**vars(row), spare=None)


@pytest.mark.parametrize("rows", [1, SIZES[1] + 1, SIZES[-1]])
async def test_of_many_links_the_newest_are_included(database: Database, rows: int) -> None:
    first, *others = await fill(database, rows, 1)
    async with database.writing() as session:
        links, things = ThingPartOtherService(session), ThingService(session)
        linked = [await things.create(ThingCreate(name=f"other {n}")) for n in range(LINKED + 1)]
        for each in linked:
            await links.add(first.id, each.id)
        for part in others:
            await links.add(part.id, linked[0].id)

    async with database.reading() as session:
        query = ThingPartQuery(sort="id", limit=SIZES[-1], include=["others"])
        page = await ThingPartService(session).find_including(query)
        shown = await ThingPartService(session).get_including(first.id, OTHERS)

    assert shown.others == linked[:0:-1]
    assert page.items[0] == shown
    assert [each.others for each in page.items[1:]] == [linked[:1]] * len(others)
