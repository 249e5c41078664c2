"""The meaning of a database failure, decided by the driver's code and never by its text."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Constraint, Dialect, Table, UniqueConstraint
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import ColumnCollectionConstraint

from src.core.errors import (
    AwayError,
    BrokenReferenceError,
    BusyError,
    ChangedError,
    DomainError,
    RefusedValueError,
    TakenError,
)

type Meaning = type[DomainError]

# SQLSTATE, whole or its class (the first two characters):
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES: dict[str, Meaning] = {
    "23505": TakenError,
    "23P01": TakenError,
    "23503": BrokenReferenceError,
    "23001": BrokenReferenceError,
    "23502": RefusedValueError,
    "23514": RefusedValueError,
    "22": RefusedValueError,
    "40": BusyError,
    "55P03": BusyError,
    "57014": BusyError,
    "08": AwayError,
    "53": AwayError,
    "57P": AwayError,
    "25P03": AwayError,
    "25P04": AwayError,
}

# SQLite's extended result codes: https://www.sqlite.org/rescode.html
_SQLITE_CODES: dict[str, Meaning] = {
    "SQLITE_CONSTRAINT_UNIQUE": TakenError,
    "SQLITE_CONSTRAINT_PRIMARYKEY": TakenError,
    "SQLITE_CONSTRAINT_FOREIGNKEY": BrokenReferenceError,
    "SQLITE_CONSTRAINT_NOTNULL": RefusedValueError,
    "SQLITE_CONSTRAINT_CHECK": RefusedValueError,
    "SQLITE_TOOBIG": RefusedValueError,
    "SQLITE_BUSY": BusyError,
    "SQLITE_BUSY_SNAPSHOT": BusyError,
    "SQLITE_LOCKED": BusyError,
    "SQLITE_CANTOPEN": AwayError,
    "SQLITE_FULL": AwayError,
}

FAILURES = (DBAPIError, StaleDataError, StatementError, OverflowError, UnicodeEncodeError)
"""Errors of SQLAlchemy and the drivers. A `DomainError` caused by one comes from the database."""


def meaning_of(error: DBAPIError) -> Meaning | None:
    """Return the domain error for a failure; None for a bug, such as a missing table."""
    if name := getattr(error.orig, "sqlite_errorname", None):
        return _SQLITE_CODES.get(name)
    if state := getattr(error.orig, "sqlstate", None):
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:3]) or _SQLSTATES.get(state[:2])
    if isinstance(error, DataError):  # refused by the driver before it reached a database
        return RefusedValueError
    return AwayError if isinstance(error, OperationalError | InterfaceError) else None


@contextmanager
def as_sqlalchemy(dialect: Dialect) -> Iterator[None]:
    """Turn the driver's errors into SQLAlchemy's."""
    errors = dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        raise DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, dialect=dialect
        ) from error


@contextmanager
def translated(table: Table | None = None) -> Iterator[None]:
    """Turn database failures into domain errors; name the fields if ``table`` is given."""
    try:
        yield
    except StaleDataError as error:
        raise ChangedError from error
    except DBAPIError as error:
        if meaning := meaning_of(error):
            fields = () if table is None else _fields_of(error, meaning, table)
            raise meaning(fields=fields) from error
        raise
    except (StatementError, OverflowError, UnicodeEncodeError) as error:
        # The driver cannot even send the value. Outside a write to a table this is a bug.
        if table is None:
            raise
        raise RefusedValueError from error


def _fields_of(error: DBAPIError, meaning: Meaning, table: Table) -> tuple[str, ...]:
    """Return the columns of the violated constraint; none if it cannot be told."""
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    if column := getattr(diagnostics, "column_name", None):
        return (column,)
    if name is None and meaning is TakenError:  # SQLite names none: a single one is certain
        unique = [each.name for each in table.constraints if _can_be_taken(each)]
        name = unique[0] if len(unique) == 1 else None
    return tuple(
        column.name
        for constraint in table.constraints
        if isinstance(constraint, ColumnCollectionConstraint) and name and constraint.name == name
        for column in constraint.columns
        if not column.info.get("scope")
    )


def _can_be_taken(constraint: Constraint) -> bool:
    """Return whether this is a unique constraint that the primary key does not imply."""
    if not isinstance(constraint, UniqueConstraint):
        return False
    return not any(column.primary_key for column in constraint.columns)
