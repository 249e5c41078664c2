"""Pages that neither repeat nor skip a row while rows are inserted and deleted."""

import base64
import binascii
from collections.abc import Collection, Sequence
from functools import cache
from types import GenericAlias
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    UnaryExpression,
    bindparam,
    func,
    select,
    tuple_,
    union_all,
)

from src.core.errors import InvalidError
from src.models.base import Entity, table_of

_LIMIT, _SKIP = bindparam("_limit", type_=Integer), bindparam("_skip", type_=Integer)
NO_CURSOR = "The cursor is not one of this list in this order: start again without it."


def write_cursor[Values: tuple[object, ...]](form: TypeAdapter[Values], values: Values) -> str:
    """Return base64url of JSON. It is not a secret: the client has seen the values."""
    return base64.urlsafe_b64encode(form.dump_json(values)).decode().rstrip("=")


def read_cursor[Values: tuple[object, ...]](form: TypeAdapter[Values], cursor: str) -> Values:
    """Return a cursor's values, validated like any input. Raises `InvalidError`."""
    try:
        return form.validate_json(base64.urlsafe_b64decode(cursor + "=="))
    except (ValidationError, binascii.Error):
        raise InvalidError(NO_CURSOR) from None


class Keyset:
    """An order of a table's rows, and its cursors, each of which names the row before a page.

    A cursor holds the sort that it belongs to, then the row's values. Nulls come last in both
    directions.
    """

    def __init__(self, model: type[Entity], sort: str) -> None:
        name = sort.removeprefix("-")
        names = [name] if name == "id" else [name, "id"]
        fields = [model.model_fields[name] for name in names]
        # `Annotated` needs at least one item of metadata, and a field may have none.
        types = [Annotated[field.annotation, None, *field.metadata] for field in fields]
        values: Any = GenericAlias(tuple, (str, *types))
        table = table_of(model)
        self._sort = sort
        self._descending = sort.startswith("-")
        self._names = names
        self._columns = [table.c[name] for name in names]
        self._values = TypeAdapter[tuple[object, ...]](values)

    def page(self, rows: Select[Any], after: Collection[str]) -> Select[Any]:
        """Return a page of the rows, after the row of a cursor whose values have these names.

        For nulls last, databases would read and sort the whole table. Rows with and without a value
        each have the order of an index instead, and those without are read only if they are seen.
        """
        value, *others = self._columns
        if not value.nullable:
            return _cut(self._sorted(rows, self._columns, bool(after)))
        after_null = bool(after) and f"_after_{value.key}" not in after
        nulls = self._sorted(rows.where(value.is_(None)), others, after_null)
        if after_null:
            return _cut(nulls)
        filled = self._sorted(rows.where(value.is_not(None)), self._columns, bool(after))
        first = filled.limit(_LIMIT + _SKIP).cte()
        missing = _LIMIT + _SKIP - select(func.count()).select_from(first).scalar_subquery()
        joined = union_all(select(first), select(nulls.limit(missing).subquery())).subquery()
        order = self._order([joined.c[name] for name in self._names])
        return _cut(select(joined).order_by(*(each.nulls_last() for each in order)))

    def read(self, cursor: str) -> dict[str, object]:
        """Return a cursor's values, but for null. Raises `InvalidError` if it has another order."""
        sort, *values = read_cursor(self._values, cursor)
        if sort != self._sort:
            raise InvalidError(NO_CURSOR)
        named = zip(self._names, values, strict=True)
        return {f"_after_{name}": value for name, value in named if value is not None}

    def cursor(self, row: object) -> str:
        values = (self._sort, *(getattr(row, name) for name in self._names))
        return write_cursor(self._values, values)

    def _sorted(
        self, rows: Select[Any], columns: Sequence[Column[Any]], after: bool
    ) -> Select[Any]:
        if after:
            row = tuple_(*columns)
            values = tuple_(*(bindparam(f"_after_{c.key}", type_=c.type) for c in columns))
            rows = rows.where(row < values if self._descending else row > values)
        return rows.order_by(*self._order(columns))

    def _order(self, columns: Sequence[ColumnElement[Any]]) -> list[UnaryExpression[Any]]:
        return [c.desc() if self._descending else c.asc() for c in columns]


def _cut(rows: Select[Any]) -> Select[Any]:
    return rows.limit(_LIMIT).offset(_SKIP)


@cache
def keyset(model: type[Entity], sort: str) -> Keyset:
    return Keyset(model, sort)
