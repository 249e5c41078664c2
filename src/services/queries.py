"""The queries of every service on its table, each built and compiled once."""

from functools import cache, lru_cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from src.core.queries import Query
from src.models.base import Entity
from src.services.keyset import keyset

FORMS = 256
"""The most queries kept per table and kind. Clients choose filters, sorts and fields to change."""


class TableQueries:
    """Queries on a table that return ``columns``, in that order.

    `page`, `count`, `update` and `delete` keep one query for each combination of arguments.
    Parameters that are not columns begin with an underscore, which no field does. The columns of
    ``scope``, such as an owner, have one value for a service: each query takes it, as in
    ``_owner_id``, and neither finds nor writes any other row.
    """

    def __init__(
        self, model: type[Entity], columns: tuple[str, ...], scope: tuple[str, ...]
    ) -> None:
        self.table = table = model.metadata.tables[str(model.__tablename__)]
        self._model = model
        self.columns, self._columns = columns, [table.c[name] for name in columns]
        self._scope = [table.c[name] == bindparam(f"_{name}") for name in scope]
        self.get = Query(select(*self._columns).where(*self.one()))
        names = {name: f"_{name}" if name in scope else name for name in table.c.keys()}  # noqa: SIM118  # not a dictionary
        row: dict[str, BindParameter[object]] = {
            name: bindparam(bound) for name, bound in names.items()
        }
        self.insert = Query(insert(table).values(row).returning(*self._columns))
        keep = lru_cache(FORMS)
        self.page, self.count = keep(self._page), keep(self._count)
        self.update, self.delete = keep(self._update), keep(self._delete)

    def _page(self, sort: str, continued: bool, filters: frozenset[str]) -> Query:
        order = keyset(self._model, sort)
        statement = select(*self._columns).where(*self._scope, *map(self._passes, filters))
        if continued:
            statement = statement.where(order.after())
        statement = statement.order_by(*order.order_by())
        return Query(statement.limit(bindparam("_limit")).offset(bindparam("_skip")))

    def _count(self, filters: frozenset[str]) -> Query:
        counted = select(func.count()).select_from(self.table)
        return Query(counted.where(*self._scope, *map(self._passes, filters)))

    def _passes(self, name: str) -> ColumnElement[bool]:
        """Return the condition of a filter: on a column, or a bound named ``_min`` or ``_max``."""
        columns = self.table.c
        value: BindParameter[object] = bindparam(name)
        if name in columns:
            return columns[name] == value
        if name.endswith("_min"):
            return columns[name.removesuffix("_min")] >= value
        return columns[name.removesuffix("_max")] <= value

    def _update(self, names: frozenset[str], versioned: bool) -> Query:
        """Update a row, but keep its version and `updated_at` if it already has these values."""
        table = self.table
        values = {name: bindparam(name, type_=table.c[name].type) for name in names}
        differs = or_(*(table.c[name].is_distinct_from(new) for name, new in values.items()))
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


@cache
def queries_of(
    model: type[Entity], columns: tuple[str, ...], scope: tuple[str, ...]
) -> TableQueries:
    return TableQueries(model, columns, scope)
