"""Pages that neither repeat nor skip a row while rows are inserted and deleted."""

import base64
import binascii
from functools import cache
from types import GenericAlias
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, UnaryExpression, bindparam, tuple_

from src.core.errors import InvalidError
from src.models.base import Entity

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

    A cursor holds the sort that it belongs to, then the row's values.
    """

    def __init__(self, model: type[Entity], sort: str) -> None:
        name = sort.removeprefix("-")
        names = [name] if name == "id" else [name, "id"]
        fields = [model.model_fields[name] for name in names]
        # `Annotated` needs at least one item of metadata, and a field may have none.
        types = [Annotated[field.annotation, None, *field.metadata] for field in fields]
        values: Any = GenericAlias(tuple, (str, *types))
        self._sort = sort
        self._descending = sort.startswith("-")
        self._names = names
        self._columns: list[ColumnElement[object]] = [getattr(model, name) for name in names]
        self._values = TypeAdapter[tuple[object, ...]](values)

    def order_by(self) -> list[UnaryExpression[object]]:
        return [c.desc() if self._descending else c.asc() for c in self._columns]

    def after(self) -> ColumnElement[bool]:
        """Return the condition for rows after a cursor, with the values of `read` as parameters."""
        columns = tuple_(*self._columns)
        values = tuple_(*(bindparam(f"_after_{c.key}", type_=c.type) for c in self._columns))
        return columns < values if self._descending else columns > values

    def read(self, cursor: str) -> dict[str, object]:
        """Return the values for `after`. Raises `InvalidError` for a cursor of another order."""
        sort, *values = read_cursor(self._values, cursor)
        if sort != self._sort:
            raise InvalidError(NO_CURSOR)
        return {f"_after_{name}": value for name, value in zip(self._names, values, strict=True)}

    def cursor(self, row: object) -> str:
        values = (self._sort, *(getattr(row, name) for name in self._names))
        return write_cursor(self._values, values)


@cache
def keyset(model: type[Entity], sort: str) -> Keyset:
    return Keyset(model, sort)
