"""Names the reference that leads nowhere, once the database has refused it."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ForeignKeyConstraint, bindparam, inspect, select
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import (
    BrokenReferenceError,
    BrokenRuleError,
    DomainError,
    MissingReferenceError,
    ReferencedError,
)
from src.core.failures import translated
from src.core.queries import Query
from src.models.base import table_of
from src.services.rows import with_stored
from src.services.rules import broken_rule


@asynccontextmanager
async def referring(
    session: AsyncSession, model: type[SQLModel], values: Mapping[str, object]
) -> AsyncIterator[None]:
    """Turn the failures of a write of these values into domain errors."""
    try:
        with translated(table_of(model)):
            yield
    except BrokenReferenceError as error:
        raise await _named(error, session, model, values) from error.__cause__
    except BrokenRuleError as error:
        raise await broken_rule(error, session, table_of(model), values) from error.__cause__


async def _named(
    error: BrokenReferenceError,
    session: AsyncSession,
    model: type[SQLModel],
    values: Mapping[str, object],
) -> DomainError:
    """Return the error with the field and its words, if the write gave a reference to nothing."""
    given = [each for each in _references_of(model) if values.keys() & {*each.fields}]
    if session.get_bind().dialect.name == "sqlite":  # names no constraint, but still answers
        whole = await with_stored(session, table_of(model), values)
        found = [each for each in given if await each.is_missing(session, whole)]
    else:
        found = [each for each in given if {*each.fields} == {*error.fields}]
    if found:
        return MissingReferenceError(found[0].words, found[0].fields)
    return ReferencedError() if "_id" in values else error  # a stored row is changed or deleted


@dataclass(frozen=True)
class _Reference:
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    """The columns that a client sets."""
    words: str
    target: Query

    async def is_missing(self, session: AsyncSession, values: Mapping[str, object]) -> bool:
        if any(values.get(name) is None for name in self.columns):
            return False
        return not await self.target.rows(session, **values)


@cache
def _references_of(model: type[SQLModel]) -> list[_Reference]:
    """Return the references that clients set, in the order of their fields."""
    table = table_of(model)
    found = [_reference(model, each) for each in table.foreign_key_constraints]
    order = [*table.c.keys()]
    return sorted((each for each in found if each.fields), key=lambda r: order.index(r.fields[0]))


def _reference(model: type[SQLModel], constraint: ForeignKeyConstraint) -> _Reference:
    columns = tuple(constraint.column_keys)
    pairs = zip(columns, constraint.elements, strict=True)
    target = select(1).select_from(constraint.referred_table)
    tables = {each.local_table: each.class_ for each in inspect(model).registry.mappers}
    return _Reference(
        columns,
        tuple(each.name for each in constraint.columns if not each.info.get("scope")),
        no_such(tables[constraint.referred_table]),
        Query(target.where(*(each.column == bindparam(name) for name, each in pairs))),
    )


def no_such(model: type[object]) -> str:
    """Return the words about a row that does not exist or is another user's: they are the same."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower()
    return f"There is no such {words}."
