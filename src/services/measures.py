"""Numbers of JSON columns that hold `Measures`, as SQL expressions."""

from sqlalchemy import (
    ColumnElement,
    Double,
    FunctionElement,
    SQLColumnExpression,
    cast,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class _Measure(FunctionElement[float]):
    type = Double()
    inherit_cache = True


def measure(
    column: SQLColumnExpression[dict[str, float]], key: str | SQLColumnExpression[str]
) -> ColumnElement[float]:
    """Return the number under a key, or NULL if there is no such key."""
    return _Measure(column, key)


@compiles(_Measure)
def _in_postgresql(element: _Measure, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    return compiler.process(cast(column.op("->>")(key), Double), **options)


# Without a JSON path, in which dots, quotes and brackets of the key would have a meaning.
@compiles(_Measure, "sqlite")
def _in_sqlite(element: _Measure, compiler: SQLCompiler, **options: object) -> str:
    column, key = element.clauses
    each = func.json_each(column).table_valued("key", "value")
    found = select(each.c.value).where(each.c.key == key).scalar_subquery()
    return compiler.process(found, **options)
