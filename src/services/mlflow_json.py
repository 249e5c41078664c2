"""Texts of JSON columns as SQL expressions."""

from typing import Any

from sqlalchemy import FunctionElement, SQLColumnExpression, String, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class _JsonText(FunctionElement[str]):
    type = String()
    inherit_cache = True


def json_text(column: SQLColumnExpression[Any], key: str | SQLColumnExpression[str]) -> _JsonText:
    """Return the value under a key as a text, or NULL if there is no such key."""
    return _JsonText(column, key)


@compiles(_JsonText)
def _in_postgresql(element: _JsonText, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    return compiler.process(column.op("->>")(key), **options)


# Without a JSON path, in which dots, quotes and brackets of the key would have a meaning.
@compiles(_JsonText, "sqlite")
def _in_sqlite(element: _JsonText, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    each = func.json_each(column).table_valued("key", "value", "type")
    # A truth value is 1 or 0 to json_each, and its type has the name that JSON writes.
    text = func.iif(each.c.type.in_(["true", "false"]), each.c.type, each.c.value)
    found = select(func.printf("%s", text)).where(each.c.key == key, each.c.type != "null")
    return compiler.process(found.scalar_subquery(), **options)
