"""Rules that the database keeps, and their names in answers."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from httpx import AsyncClient

from src.core.database import Database
from src.core.errors import BrokenRuleError
from tests.api import create_thing
from tests.thing_parts import ThingPartCreate, ThingPartService


@pytest.mark.parametrize(
    ("values", "rule", "fields"),
    [
        ({"count": 4}, "count <= most", ("count", "most")),
        ({"count": 4, "most": 3}, "count <= most", ("count", "most")),
        ({"state": "stolen"}, r"state IN \('new', 'used', 'lost'\)", ("state",)),
    ],
)
async def test_rule_that_a_service_breaks_is_named(
    client: AsyncClient,
    database: Database,
    values: dict[str, object],
    rule: str,
    fields: tuple[str, ...],
) -> None:
    thing_id = UUID((await create_thing(client))["id"])
    data = ThingPartCreate(
        thing_id=thing_id, price=Decimal(1), made=date(2030, 1, 1), count=2, most=3
    )
    async with database.writing() as session:
        part = await ThingPartService(session).create(data)

    with pytest.raises(BrokenRuleError, match=rf"^{rule} must hold$") as error:
        async with database.writing() as session:
            parts = ThingPartService(session)
            row = await parts.load(part.id)
            row.sqlmodel_update(values)
            await parts.save(row)

    assert error.value.fields == fields
    async with database.reading() as session:
        assert await ThingPartService(session).get(part.id) == part
