"""Texts of JSON columns as SQL expressions."""

from typing import Any

from sqlalchemy import (
    Double,
    FunctionElement,
    Numeric,
    SQLColumnExpression,
    String,
    Text,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

SMALL = 1e-4
"""Python writes smaller numbers with an exponent."""


class _JsonText(FunctionElement[str]):
    type = String()
    inherit_cache = True


def json_text(column: SQLColumnExpression[Any], key: str | SQLColumnExpression[str]) -> _JsonText:
    """Return the value under a key as a text, or NULL if there is no such key."""
    return _JsonText(column, key)


@compiles(_JsonText)
def _in_postgresql(element: _JsonText, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    text = column.op("->>")(key)
    number = case((func.jsonb_typeof(column.op("->")(key)) == "number", cast(text, Numeric)))
    # JSONB has small numbers without an exponent, with which Python shows them, as does a float.
    is_small = (func.abs(number) < SMALL) & (number != 0)
    shown = case((is_small, cast(cast(number, Double), Text)), else_=text)
    return compiler.process(shown, **options)


# Without a JSON path, in which dots, quotes and brackets of the key would have a meaning.
@compiles(_JsonText, "sqlite")
def _in_sqlite(element: _JsonText, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    each = func.json_each(column).table_valued("key", "value", "type", "fullkey")
    # A number would lose digits, a truth value would be 1 or 0; its type has the name in JSON.
    # A path with a quote leads nowhere.
    is_number = each.c.type.in_(["real", "integer"]) & (func.instr(each.c.key, '"') == 0)
    text = case(
        (is_number, column.op("->")(each.c.fullkey)),
        (each.c.type.in_(["true", "false"]), each.c.type),
        else_=each.c.value,
    )
    found = select(func.printf("%s", text)).where(each.c.key == key, each.c.type != "null")
    return compiler.process(found.scalar_subquery(), **options)
