"""Looks for the rows that jobs are given the ids of: a payload has no foreign keys."""

from collections.abc import Mapping
from functools import cache
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import MissingReferenceError
from src.core.queries import Query
from src.models.base import Entity, table_of
from src.services.references import no_such


async def check_references(
    session: AsyncSession,
    references: Mapping[str, type[Entity]],
    payload: BaseModel,
    owner_id: UUID | None,
) -> None:
    """Raise `MissingReferenceError` for the first row that does not exist for this owner."""
    for name, model in references.items():
        given = getattr(payload, name)
        if given is not None and not await _row_of(model).rows(session, id=given, owner=owner_id):
            raise MissingReferenceError(no_such(model), (name,))


@cache
def _row_of(model: type[Entity]) -> Query:
    columns = table_of(model).c
    row = select(1).select_from(table_of(model)).where(columns.id == bindparam("id"))
    is_owned = "owner_id" in columns
    return Query(row.where(columns.owner_id == bindparam("owner")) if is_owned else row)
