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


class as_sqlalchemy:  # noqa: N801  # a `contextmanager` costs four times as much, per query
    """Turn the driver's errors on a connection into SQLAlchemy's, and note its fate."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        connection, dialect = self._connection, self._connection.dialect
        if error is None or not isinstance(error, errors := dialect.loaded_dbapi.Error):
            return
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
    except FAILURES as error:
        if domain_error := _domain_error_for(error, table):
            raise domain_error from error
        raise


class noted:  # noqa: N801  # as above
    """Turn database failures into domain errors that the observers hear of."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, DomainError) and isinstance(error.__cause__, FAILURES):
            self._note(error)
        elif isinstance(error, FAILURES) and (domain_error := _domain_error_for(error)):
            self._note(domain_error)
            raise domain_error from error

    def _note(self, error: DomainError) -> None:
        for observer in self._observers:
            observer.failed(error)


def _domain_error_for(error: Exception, table: Table | None = None) -> DomainError | None:
    """Return the domain error for a failure; None for a bug."""
    if isinstance(error, StaleDataError):
        return ChangedError()
    if isinstance(error, DBAPIError):
        meaning = meaning_of(error)
        if meaning is None:
            return None
        return meaning(fields=() if table is None else _fields_of(error, meaning, table))
    # The driver cannot even send the value. Outside a write to a table this is a bug.
    return None if table is None else RefusedValueError()


def constraint_of(error: DBAPIError) -> str | None:
    """Return the name of the violated constraint; SQLite tells none."""
    return getattr(getattr(error.orig, "diag", None), "constraint_name", None)


def _fields_of(error: DBAPIError, meaning: type[DomainError], table: Table) -> tuple[str, ...]:
    """Return the columns of the violated constraint; none if it cannot be told."""
    if column := getattr(getattr(error.orig, "diag", None), "column_name", None):
        return (column,)
    name = constraint_of(error)
    if name is None and meaning is TakenError:  # SQLite names none: a single one is certain
        unique = [str(each.name) for each in table.constraints if _can_be_taken(each)]
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
