"""Names of SQLAlchemy that `src.core.queries` stands on: an upgrade that moves one fails here."""

import sqlite3

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col

from tests.things import Thing

STATEMENT = select(col(Thing.name)).where(
    col(Thing.name) == bindparam("name"), col(Thing.version) > 1
)


POSTGRESQL: Dialect = PGDialectAsync_psycopg()  # type: ignore[no-untyped-call]  # its own gap
SQLITE = SQLiteDialect_aiosqlite(dbapi=SQLiteDialect_aiosqlite.import_dbapi())


def test_sqlite_takes_values_by_position() -> None:
    assert STATEMENT.compile(dialect=SQLITE).positiontup == ["name", "version_1"]


def test_psycopg_takes_values_by_name() -> None:
    assert not STATEMENT.compile(dialect=POSTGRESQL).positiontup


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL])
def test_constants_are_told_from_values_that_are_required(dialect: Dialect) -> None:
    binds = STATEMENT.compile(dialect=dialect).binds

    assert binds["name"].required
    assert not binds["version_1"].required
    assert binds["version_1"].value == 1


def test_driver_errors_become_those_of_sqlalchemy() -> None:
    error = sqlite3.IntegrityError("refused")
    errors = SQLITE.loaded_dbapi.Error

    made = DBAPIError.instance(None, None, error, errors, hide_parameters=True, dialect=SQLITE)

    assert issubclass(sqlite3.IntegrityError, errors)
    assert isinstance(made, IntegrityError)
    assert made.orig is error
