"""The rows that answers include: one more query for a reference or for links, however many rows."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import cycle
from operator import itemgetter
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, select, union_all
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query, Row
from src.models.base import Entity, table_of
from src.models.link import Link
from src.models.types import PAGE
from src.schemas.base import EntityResponse
from src.schemas.including import LINKED, Including, link_of, response_of
from src.services.link_tables import keys_of

SIZES = (1, 20, PAGE)
"""How many ids a query takes: one for each number of them would be compiled for each."""


async def with_included[Shown: Including](
    session: AsyncSession,
    model: type[Entity],
    including: type[Shown],
    rows: Sequence[EntityResponse],
    names: Sequence[str],
    scope: Mapping[str, object],
) -> list[Shown]:
    """Return the rows of the table with those that they refer to, or are linked with."""
    found = {
        name: await _included(model, including, name).rows(session, rows, scope) for name in names
    }
    more = ({name: each.get(row.id) for name, each in found.items()} for row in rows)
    empty: Shown = _empty(including)
    pairs = zip(rows, more, strict=True)
    return [empty.model_copy(update=vars(row) | each) for row, each in pairs]


class _Target:
    """What answers show of the rows that a key leads to."""

    def __init__(self, including: type[Including], name: str, table: Table, column: str) -> None:
        self._response = response_of(including, name)
        self.names = [*self._response.model_fields]
        (key,) = (each for each in table.foreign_key_constraints if column in each.column_keys)
        targets = {each.parent.name: each.column for each in key.elements}
        self.key: Column[Any] = targets.pop(column)
        # The rest of the key is the scope of the service, such as the owner.
        self.scope = [each == bindparam(f"_{name}") for name, each in targets.items()]
        self.columns = [self.key.table.c[each] for each in self.names]

    def made(self, values: Row) -> BaseModel:
        return self._response.model_construct(**dict(zip(self.names, values, strict=True)))


class _Reference:
    def __init__(self, model: type[Entity], including: type[Including], name: str) -> None:
        self._column = f"{name}_id"
        self._target = target = _Target(including, name, table_of(model), self._column)
        rows, kind = select(*target.columns).where(*target.scope), target.key.type
        self._queries = {
            size: Query(
                rows.where(target.key.in_([bindparam(each, type_=kind) for each in _ids(size)]))
            )
            for size in SIZES
        }

    async def rows(
        self, session: AsyncSession, rows: Sequence[EntityResponse], scope: Mapping[str, object]
    ) -> Mapping[UUID, object]:
        """Return what each of these rows refers to, by its id."""
        ids = {row.id: getattr(row, self._column) for row in rows}
        wanted = {*ids.values()} - {None}
        if not wanted:
            return {}
        size = _size(len(wanted))
        given = dict(zip(_ids(size), cycle(wanted), strict=False))
        found = await self._queries[size].rows(session, **given, **scope)
        at = self._target.names.index("id")
        made = {row[at]: self._target.made(row) for row in found}
        return {row_id: made.get(target) for row_id, target in ids.items()}


class _Linked:
    """The newest rows, however many there are: each row's links are read from the end of an index."""

    def __init__(self, link: type[Link], including: type[Including], name: str) -> None:
        table = table_of(link)
        self._source, self._key = keys_of(table)
        self._target = _Target(including, name, table, self._key.name)
        columns = table.primary_key.columns
        self._own = [e == bindparam(f"_{e.name}") for e in columns if e.info.get("scope")]
        self._queries = {size: self._query(size) for size in SIZES}

    async def rows(
        self, session: AsyncSession, rows: Sequence[EntityResponse], scope: Mapping[str, object]
    ) -> Mapping[UUID, object]:
        """Return what each of these rows is linked with, by its id."""
        shown: dict[UUID, list[BaseModel]] = {row.id: [] for row in rows}
        if shown:
            size = _size(len(shown))
            given = dict.fromkeys(_ids(size)) | dict(zip(_ids(size), shown, strict=False))
            found = await self._queries[size].rows(session, **given, **scope)
            at = self._target.names.index("id") + 1
            for source, *values in sorted(found, key=itemgetter(at), reverse=True):
                shown[source].append(self._target.made(values))
        return shown

    def _query(self, size: int) -> Query:
        links, target = union_all(*map(self._first, _ids(size))).subquery(), self._target
        rows = select(links.c[0], *target.columns).join_from(
            links, target.key.table, target.key == links.c[1]
        )
        return Query(rows.where(*target.scope))

    def _first(self, row_id: str) -> Select[Any]:
        its: ColumnElement[bool] = self._source == bindparam(row_id)
        links = select(self._source, self._key).where(its, *self._own)
        first = links.order_by(self._key.desc()).limit(bindparam("_linked", LINKED))
        return select(first.subquery())


def _size(number: int) -> int:
    return next(each for each in SIZES if each >= number)


def _ids(size: int) -> list[str]:
    return [f"_id_{number}" for number in range(size)]


@cache
def _empty[Shown: Including](including: type[Shown]) -> Shown:
    """Return an answer without values: what nobody asks for is missing. To copy it is quick."""
    fields = including.model_fields.items()
    return including.model_construct(**{name: field.default for name, field in fields})


@cache
def _included(model: type[Entity], including: type[Including], name: str) -> _Reference | _Linked:
    link = link_of(including, name)
    return _Linked(link, including, name) if link else _Reference(model, including, name)
