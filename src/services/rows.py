"""What a write makes of a row."""

from collections.abc import Mapping
from functools import cache

from sqlalchemy import Table, bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query


async def with_stored(
    session: AsyncSession, table: Table, values: Mapping[str, object]
) -> dict[str, object]:
    """Return the row with these values, and with those that an update leaves as they are."""
    values = {name.removeprefix("_"): value for name, value in values.items()}
    rows = await _row_of(table).rows(session, id=values["id"]) if "id" in values else []
    stored = dict(zip(table.c.keys(), rows[0], strict=True)) if rows else {}
    return stored | values


@cache
def _row_of(table: Table) -> Query:
    return Query(select(table).where(table.c.id == bindparam("id")))
