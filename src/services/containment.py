"""Whether JSON contains other JSON, as a SQL expression: the ``@>`` of PostgreSQL, on SQLite, too."""

from sqlalchemy import Boolean, FunctionElement, SQLColumnExpression
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from src.models.json_objects import JsonObject
from src.schemas.document import WHERE_LEVELS


class _Contains(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True


def contains(
    given: SQLColumnExpression[JsonObject], wanted: SQLColumnExpression[JsonObject]
) -> _Contains:
    """Return whether an object has all that another one of at most `WHERE_LEVELS` levels has.

    Of an object, the same names have to contain the values; of a list, any item each of the items.
    """
    return _Contains(given, wanted)


@compiles(_Contains)
def _in_postgresql(element: _Contains, compiler: SQLCompiler, **options: object) -> str:
    given, wanted = element.clauses
    return compiler.process(given.op("@>")(wanted), **options)


@compiles(_Contains, "sqlite")
def _in_sqlite(element: _Contains, compiler: SQLCompiler, **options: object) -> str:
    given, wanted = (compiler.process(each, **options) for each in element.clauses)
    return _all_found(wanted, given, "")


def _all_found(wanted: str, given: str, unless: str, level: int = 1) -> str:
    """Return SQL that finds no item of ``wanted`` that matches no item of ``given``.

    What is nested stands before all else: SQLite's parser keeps what comes before a bracket on a
    stack of 100, of which a level takes some 20.
    """
    w, g = f"w{level}", f"g{level}"
    nested = ""
    if level < WHERE_LEVELS:
        # Of a text, json_each would read the text as JSON; of NULL it has no rows.
        inside = f"CASE WHEN {w}.type IN ('array', 'object') THEN {w}.value END"
        same_type = f"CASE {g}.type WHEN {w}.type THEN {g}.value END"
        nested = _all_found(inside, same_type, f"{w}.type = 'array' OR ", level + 1) + " AND "
    return (
        f"NOT EXISTS (SELECT 1 FROM json_each({wanted}) AS {w} WHERE NOT EXISTS ("  # noqa: S608  # no values
        f"SELECT 1 FROM json_each({given}) AS {g} WHERE {nested}({unless}{g}.key = {w}.key) "
        f"AND replace({g}.type, 'real', 'integer') = replace({w}.type, 'real', 'integer') "
        f"AND {g}.atom IS {w}.atom))"
    )
