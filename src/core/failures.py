"""The meaning of a database failure, decided by the driver's code and never by its text."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Constraint, Table, UniqueConstraint
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import ColumnCollectionConstraint

from src.core.codes import (
    UNKNOWN,
    Decision,
    Fate,
    Meaning,
    decision_for_sqlite,
    decision_for_sqlstate,
)
from src.core.errors import AwayError, ChangedError, DomainError, RefusedValueError, TakenError
from src.core.observer import Observer

logger = logging.getLogger(__name__)

FATE = "fate"
"""Key of a connection's `info` for the fate of one that must not be used again."""
FAILURES = (DBAPIError, StaleDataError, StatementError, OverflowError, UnicodeEncodeError)
"""Errors of SQLAlchemy and the drivers. A `DomainError` caused by one comes from the database."""


def decision_on(error: DBAPIError) -> Decision:
    if name := getattr(error.orig, "sqlite_errorname", None):
        return decision_for_sqlite(name, getattr(error.orig, "sqlite_errorcode", 0)) or UNKNOWN
    if state := getattr(error.orig, "sqlstate", None):
        return decision_for_sqlstate(state) or UNKNOWN
    if isinstance(error, DataError):  # refused by the driver before it reached a database
        return Decision(RefusedValueError, Fate.KEPT)
    is_away = isinstance(error, OperationalError | InterfaceError)
    return Decision(AwayError, Fate.CLOSED) if is_away else UNKNOWN


def note_fate(connection: Connection, error: DBAPIError) -> None:
    """Mark a connection that must not be used again, even if nobody else sees the error."""
    fate = decision_on(error).fate
    if fate in {Fate.CLOSED, Fate.ALL_CLOSED} and not connection.invalidated:
        connection.info[FATE] = fate
        orig = error.orig
        code = getattr(orig, "sqlstate", None) or getattr(orig, "sqlite_errorname", None)
        logger.warning("A connection is not used again: %s, %s", type(orig).__name__, code)


def meaning_of(error: DBAPIError) -> Meaning:
    """Return the domain error for a failure; None for a bug, such as a missing table."""
    return decision_on(error).meaning


@contextmanager
def as_sqlalchemy(connection: AsyncConnection) -> Iterator[None]:
    """Turn the driver's errors on a connection into SQLAlchemy's, and note its fate."""
    dialect = connection.dialect
    errors = dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        wrapped = DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, dialect=dialect
        )
        if connection.sync_connection and isinstance(wrapped, DBAPIError):
            note_fate(connection.sync_connection, wrapped)
        raise wrapped from error


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


@contextmanager
def noted(observers: Sequence[Observer]) -> Iterator[None]:
    """Turn database failures into domain errors that the observers hear of."""
    try:
        with translated():
            yield
    except DomainError as error:
        if isinstance(error.__cause__, FAILURES):
            for observer in observers:
                observer.failed(error)
        raise


def _fields_of(error: DBAPIError, meaning: type[DomainError], table: Table) -> tuple[str, ...]:
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
