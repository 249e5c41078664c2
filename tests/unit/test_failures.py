"""Each code of a driver has one meaning; a code without one is a bug."""

import sqlite3

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from src.core.errors import (
    ConflictError,
    DomainError,
    InvalidError,
    UnavailableError,
    UnusableDatabaseError,
    cause_of,
)
from src.core.failures import translated


def raised_by(orig: Exception) -> DBAPIError:
    """Return the error into which SQLAlchemy turns a driver's."""
    driver = sqlite3.Error if isinstance(orig, sqlite3.Error) else psycopg.Error
    error = DBAPIError.instance("SELECT 1", {}, orig, driver)
    assert isinstance(error, DBAPIError)
    return error


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(name)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("orig", "expected"),
    [
        (errors.UniqueViolation(), ConflictError),
        (errors.ExclusionViolation(), ConflictError),
        (errors.ForeignKeyViolation(), ConflictError),
        (errors.RestrictViolation(), ConflictError),
        (errors.NotNullViolation(), InvalidError),
        (errors.CheckViolation(), InvalidError),
        (errors.NumericValueOutOfRange(), InvalidError),
        (errors.StringDataRightTruncation(), InvalidError),
        (errors.SerializationFailure(), UnavailableError),
        (errors.DeadlockDetected(), UnavailableError),
        (errors.LockNotAvailable(), UnavailableError),
        (errors.QueryCanceled(), UnavailableError),
        (errors.AdminShutdown(), UnavailableError),
        (errors.CrashShutdown(), UnavailableError),
        (errors.CannotConnectNow(), UnavailableError),
        (errors.TooManyConnections(), UnavailableError),
        (errors.DiskFull(), UnavailableError),
        (errors.ConnectionFailure(), UnavailableError),
        (errors.IdleInTransactionSessionTimeout(), UnavailableError),
        (errors.ReadOnlySqlTransaction(), UnavailableError),
        (errors.FeatureNotSupported(), UnavailableError),
        (errors.InvalidSqlStatementName(), UnavailableError),
        (errors.DuplicatePreparedStatement(), UnavailableError),
        (psycopg.OperationalError("no code"), UnavailableError),
        (psycopg.InterfaceError("no code"), UnavailableError),
        (psycopg.DataError("no code"), InvalidError),
        (sqlite_error("SQLITE_CONSTRAINT_UNIQUE"), ConflictError),
        (sqlite_error("SQLITE_CONSTRAINT_PRIMARYKEY"), ConflictError),
        (sqlite_error("SQLITE_CONSTRAINT_FOREIGNKEY"), ConflictError),
        (sqlite_error("SQLITE_CONSTRAINT_NOTNULL"), InvalidError),
        (sqlite_error("SQLITE_CONSTRAINT_CHECK"), InvalidError),
        (sqlite_error("SQLITE_TOOBIG"), InvalidError),
        (sqlite_error("SQLITE_BUSY"), UnavailableError),
        (sqlite_error("SQLITE_LOCKED"), UnavailableError),
        (sqlite_error("SQLITE_FULL"), UnavailableError),
        (sqlite_error("SQLITE_CANTOPEN"), UnavailableError),
        (sqlite_error("SQLITE_READONLY_DBMOVED"), UnavailableError),
        (sqlite_error("SQLITE_CORRUPT"), UnavailableError),
        (sqlite_error("SQLITE_NOTADB"), UnavailableError),
    ],
    ids=repr,
)
def test_code_becomes_its_domain_error(orig: Exception, expected: type[DomainError]) -> None:
    with pytest.raises(expected), translated():
        raise raised_by(orig)


@pytest.mark.parametrize(
    "orig",
    [
        errors.UndefinedTable(),
        errors.SyntaxError(),
        errors.InsufficientPrivilege(),
        psycopg.ProgrammingError("no code"),
        sqlite_error("SQLITE_ERROR"),
    ],
    ids=repr,
)
def test_bug_is_not_translated(orig: Exception) -> None:
    with pytest.raises(DBAPIError), translated():
        raise raised_by(orig)


def test_log_says_why_a_database_is_not_used() -> None:
    assert str(cause_of(UnusableDatabaseError("Set it to UTF8."))) == "Set it to UTF8."


def test_stale_row_is_a_conflict() -> None:
    with pytest.raises(ConflictError), translated():
        raise StaleDataError
