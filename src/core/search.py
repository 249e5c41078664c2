"""A search for words in texts of a table, by an index that the database keeps.

A word is a run of letters, marks and digits of any script. Capitals do not count, accents do. A row
is found if its texts have every word between them; the last word may be the beginning of one.

PostgreSQL has an index, SQLite a table of FTS5 with triggers, which migrations create by
alembic/plugins/search.py. Both databases split and fold texts in the same way, whatever the locale.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints
from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    String,
    Table,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from src.core.engines import PRAGMAS
from src.core.search_characters import END, FOLD
from src.core.search_index import LONGEST, PREFIX, created, joined

_ENDS = re.compile(f"[{END}]+")
_FOLDS = str.maketrans(FOLD)


def words_of(text: str) -> list[str]:
    return [word for word in _ENDS.split(text.translate(_FOLDS)) if word]


def _with_words(text: str) -> str:
    if not words_of(text):
        msg = "must have a letter or a digit"
        raise ValueError(msg)
    return text


Search = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$"),
    AfterValidator(_with_words),
    Field(description="Words that a row has, in any order; the last may be a beginning of one."),
]


def searched(*columns: str) -> dict[str, Any]:
    """Return the arguments of a table in whose columns the filter ``q`` searches."""
    # Otherwise SQLite 3.40 lets no trigger write to FTS5.
    PRAGMAS["trusted_schema"] = "ON"
    return {
        "info": {"search": columns, "filters": {"q": Found}},
        "listeners": [("after_create", partial(_create, columns=columns))],
    }


def _create(table: Table, connection: Connection, *, columns: Sequence[str], **_: object) -> None:
    for statement in created(connection.dialect.name, table.name, columns):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


class _Words(TypeDecorator[str]):
    """The words of a search, in the language of the database."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        words = words_of(value or "")
        if dialect.name == "postgresql":
            return " & ".join(f"'{word}'" for word in words) + ":*"
        return f"words : ({' AND '.join(f'"{word}"' for word in words)} *)"


class Found(ColumnElement[bool]):
    """The rows of a table whose texts have the words of the parameter ``q``."""

    # Of no type: SQLAlchemy would compare a boolean with 1 on SQLite, which then reads all rows.
    inherit_cache = False

    def __init__(self, table: Table) -> None:
        self.table = table
        self.q = bindparam("q", type_=_Words)


@compiles(Found, "postgresql")
def _found_by_index(found: Found, compiler: SQLCompiler, **options: Any) -> str:
    texts = joined(found.table.info["search"], f'"{found.table.name}".')
    return f"search_words({texts}) @@ CAST({compiler.process(found.q, **options)} AS tsquery)"


@compiles(Found, "sqlite")
def _found_by_table(found: Found, compiler: SQLCompiler, **options: Any) -> str:
    name, q = f"{PREFIX}{found.table.name}", compiler.process(found.q, **options)
    return f'"{found.table.name}".id IN (SELECT id FROM "{name}" WHERE "{name}" MATCH {q})'  # noqa: S608  # names of ours
