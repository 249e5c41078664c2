"""What every service asks of its table, each statement written and compiled once."""

from functools import cache
from typing import Any

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

from src.core.statements import Statement
from src.models.base import Entity, Owned
from src.services.keyset import keyset


class Statements:
    """Rows come with the columns of ``shown``, in that order. What differs in an argument of
    `page`, `count`, `update` or `delete` is another statement. Values that are no column's have names that
    no field can have. Where rows are owned, each statement takes ``_owner``, and knows no others.
    """

    def __init__(self, model: type[Entity], shown: tuple[str, ...]) -> None:
        self.table = table = model.metadata.tables[str(model.__tablename__)]
        self._model = model
        self.shown, self._shown = shown, [table.c[name] for name in shown]
        self._own = [table.c.owner_id == bindparam("_owner")] if issubclass(model, Owned) else []
        self.get = Statement(select(*self._shown).where(*self.one()))
        row: dict[str, BindParameter[Any]] = {name: bindparam(name) for name in table.c.keys()}  # noqa: SIM118  # not a dictionary
        if self._own:
            row["owner_id"] = bindparam("_owner")
        self.insert = Statement(insert(table).values(row).returning(*self._shown))
        self.page, self.count = cache(self._page), cache(self._count)
        self.update, self.delete = cache(self._update), cache(self._delete)

    def _page(self, sort: str, continued: bool, filters: frozenset[str]) -> Statement:
        order = keyset(self._model, sort)
        statement = select(*self._shown).where(*self._own, *map(self._passes, filters))
        if continued:
            statement = statement.where(order.after())
        statement = statement.order_by(*order.order_by())
        return Statement(statement.limit(bindparam("_limit")).offset(bindparam("_skip")))

    def _count(self, filters: frozenset[str]) -> Statement:
        counted = select(func.count()).select_from(self.table)
        return Statement(counted.where(*self._own, *map(self._passes, filters)))

    def _passes(self, name: str) -> ColumnElement[bool]:
        """A column's name asks for its value, with ``_min`` or ``_max`` for a limit to it."""
        columns = self.table.c
        value: BindParameter[Any] = bindparam(name)
        if name in columns:
            return columns[name] == value
        if name.endswith("_min"):
            return columns[name.removesuffix("_min")] >= value
        return columns[name.removesuffix("_max")] <= value

    def _update(self, names: frozenset[str], versioned: bool) -> Statement:
        """A row that has these values already keeps its version and its time of change."""
        table = self.table
        values = {name: bindparam(name, type_=table.c[name].type) for name in names}
        differs = or_(*(table.c[name].is_distinct_from(new) for name, new in values.items()))
        now = bindparam("_now", type_=table.c.updated_at.type)
        changed = values | {
            "version": table.c.version + case((differs, 1), else_=0),
            "updated_at": case((differs, now), else_=table.c.updated_at),
        }
        statement = update(table).where(*self.one(versioned)).values(changed)
        return Statement(statement.returning(*self._shown))

    def _delete(self, versioned: bool) -> Statement:
        statement = delete(self.table).where(*self.one(versioned))
        return Statement(statement.returning(self.table.c.id))

    def one(self, versioned: bool = False) -> list[ColumnElement[bool]]:
        """The condition for a row, of ``_id`` and what else it takes."""
        columns = self.table.c
        version = [columns.version == bindparam("_version")] if versioned else []
        return [columns.id == bindparam("_id"), *self._own, *version]


@cache
def statements(model: type[Entity], shown: tuple[str, ...]) -> Statements:
    return Statements(model, shown)
