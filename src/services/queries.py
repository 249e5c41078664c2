"""The queries of every service on its table, each built and compiled once."""

from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    BindParameter,
    Boolean,
    ColumnElement,
    Text,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from src.core.queries import Query
from src.models.base import Entity, table_of
from src.services.filters import among
from src.services.keyset import keyset
from src.services.link_tables import keys_by, keys_of

FORMS = 64
"""The most queries kept per table and kind, of about 20 kB each. Clients choose filters, sorts and
fields to change.
"""


class TableQueries:
    """Queries on a table that return ``columns``, in that order.

    `page`, `count`, `update` and `delete` keep one query for each combination of arguments.
    Parameters that are not columns begin with an underscore, which no field does. The columns of
    ``scope``, such as an owner, have one value for a service: each query takes it, as in
    ``_owner_id``, and neither finds nor writes any other row. A table of links in the scope limits
    it to the rows that one is linked with, by links whose columns have the values of the scope.
    """

    def __init__(
        self, model: type[Entity], columns: tuple[str, ...], scope: tuple[str, ...]
    ) -> None:
        self.table = table = table_of(model)
        self._model = model
        self.columns, self._columns = columns, [table.c[name] for name in columns]
        known = {*table.c.keys(), *table.metadata.tables}
        self._scope = [self._within(name, scope) for name in scope if name in known]
        self.get = Query(select(*self._columns).where(*self.one()))
        names = {name: f"_{name}" if name in scope else name for name in table.c.keys()}  # noqa: SIM118  # not a dictionary
        row: dict[str, BindParameter[object]] = {
            name: bindparam(bound) for name, bound in names.items()
        }
        self.insert = Query(insert(table).values(row).returning(*self._columns))
        keep = lru_cache(FORMS)
        self.page, self.count = keep(self._page), keep(self._count)
        self.update, self.delete = keep(self._update), keep(self._delete)

    def _page(self, sort: str, after: frozenset[str], filters: frozenset[str]) -> Query:
        rows = select(*self._columns).where(*self._scope, *map(self._passes, filters))
        return Query(keyset(self._model, sort).page(rows, after))

    def _count(self, filters: frozenset[str]) -> Query:
        counted = select(func.count()).select_from(self.table)
        return Query(counted.where(*self._scope, *map(self._passes, filters)))

    def _within(self, name: str, scope: tuple[str, ...]) -> ColumnElement[bool]:
        """Return the condition of a column of the scope, or of a table of links."""
        value: BindParameter[Any] = bindparam(f"_{name}")
        if name in self.table.c:
            return self.table.c[name] == value
        link = self.table.metadata.tables[name]
        source, target = keys_of(link)
        own = (link.c[each] == bindparam(f"_{each}") for each in scope if each in link.c)
        return self.table.c.id.in_(select(target).where(source == value, *own))

    def _passes(self, name: str) -> ColumnElement[bool]:
        """Return the condition of a filter: on a column, with one of the endings, on links, or one
        that the table's `info` has by this name.
        """
        columns = self.table.c
        if made := self.table.info.get("filters", {}).get(name):
            condition: ColumnElement[bool] = made(self.table)
            return condition
        value: BindParameter[Any] = bindparam(name)
        if name in columns:
            return columns[name] == value
        stem, _, ending = name.rpartition("_")
        if stem in columns:
            column = columns[stem]
            match ending:
                case "min":
                    return column >= value
                case "max":
                    return column <= value
                case "null":
                    return column.is_(None) == bindparam(name, type_=Boolean)
                case "in":
                    return among(column, name)
        source, target = keys_by(self.table, name.removesuffix("_in"))
        is_one = target == value if name == target.name else among(target, name)
        return columns.id.in_(select(source).where(is_one))

    def _update(self, names: frozenset[str], versioned: bool) -> Query:
        """Update a row, but keep its version and `updated_at` if it already has these values."""
        table = self.table
        values = {name: bindparam(name, type_=table.c[name].type) for name in names}
        differs = or_(
            *(_exact(table.c[name]).is_distinct_from(_exact(new)) for name, new in values.items())
        )
        now = bindparam("_now", type_=table.c.updated_at.type)
        changed = values | {
            "version": table.c.version + case((differs, 1), else_=0),
            "updated_at": case((differs, now), else_=table.c.updated_at),
        }
        statement = update(table).where(*self.one(versioned)).values(changed)
        return Query(statement.returning(*self._columns))

    def _delete(self, versioned: bool) -> Query:
        statement = delete(self.table).where(*self.one(versioned))
        return Query(statement.returning(self.table.c.id))

    def one(self, versioned: bool = False) -> list[ColumnElement[bool]]:
        """Return the condition for one row, by ``_id``, the scope and perhaps ``_version``."""
        columns = self.table.c
        version = [columns.version == bindparam("_version")] if versioned else []
        return [columns.id == bindparam("_id"), *self._scope, *version]


def _exact(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value as it is answered: JSONB would take 1.0 for 1."""
    return cast(value, Text) if isinstance(value.type, JSON) else value


@cache
def queries_of(
    model: type[Entity], columns: tuple[str, ...], scope: tuple[str, ...]
) -> TableQueries:
    return TableQueries(model, columns, scope)
