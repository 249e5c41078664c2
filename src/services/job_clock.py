"""The clock of the database, so that workers on several machines agree on what is due."""

from typing import Any

from sqlalchemy import ColumnElement, Double, FunctionElement, bindparam, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import UTCDateTime


class _Now(FunctionElement[Any]):
    type = UTCDateTime()
    inherit_cache = True


def now(seconds: ColumnElement[float] | float = 0.0) -> ColumnElement[Any]:
    """Return the time of the transaction, and so many seconds."""
    return _Now(literal(seconds, Double) if isinstance(seconds, float | int) else seconds)


def seconds(name: str) -> ColumnElement[float]:
    return bindparam(name, type_=Double)


@compiles(_Now)
def _in_postgresql(element: _Now, compiler: SQLCompiler, **options: object) -> str:
    (seconds,) = element.clauses
    return f"(now() + make_interval(secs => {compiler.process(cast(seconds, Double), **options)}))"


# The format in which SQLAlchemy stores times there, whose fraction has six digits.
@compiles(_Now, "sqlite")
def _in_sqlite(element: _Now, compiler: SQLCompiler, **options: object) -> str:
    (seconds,) = element.clauses
    shift = f"({compiler.process(seconds, **options)}) || ' seconds'"
    return f"(strftime('%Y-%m-%d %H:%M:%f', 'now', {shift}) || '000')"
