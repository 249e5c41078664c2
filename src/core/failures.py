"""What a failure of the database means, decided by the driver's code and never by its text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Constraint, Dialect, Table, UniqueConstraint
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, StatementError
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.schema import ColumnCollectionConstraint

from src.core.errors import ConflictError, DomainError, InvalidError, UnavailableError
from src.core.metrics import FAILURES

TAKEN = partial(ConflictError, "A value that must be unique is already taken.")
REFERENCE = partial(ConflictError, "The change breaks a reference between two rows.")
CHANGED = partial(ConflictError, "The row was changed meanwhile: read it again, then repeat.")
REFUSED = partial(InvalidError, "The database refuses a value of the request.")
BUSY = partial(UnavailableError, "The database is busy: repeat the request.")
AWAY = partial(UnavailableError, "The database cannot be reached: repeat the request.")

type Meaning = Callable[..., DomainError]

# SQLSTATE, whole or its class (the first two characters):
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES: dict[str, Meaning] = {
    "23505": TAKEN,
    "23P01": TAKEN,
    "23503": REFERENCE,
    "23001": REFERENCE,
    "23502": REFUSED,
    "23514": REFUSED,
    "22": REFUSED,
    "40": BUSY,
    "55P03": BUSY,
    "57014": BUSY,
    "08": AWAY,
    "53": AWAY,
    "57P": AWAY,
    "25P03": AWAY,
    "25P04": AWAY,
}

# SQLite's extended result codes: https://www.sqlite.org/rescode.html
_SQLITE_CODES: dict[str, Meaning] = {
    "SQLITE_CONSTRAINT_UNIQUE": TAKEN,
    "SQLITE_CONSTRAINT_PRIMARYKEY": TAKEN,
    "SQLITE_CONSTRAINT_FOREIGNKEY": REFERENCE,
    "SQLITE_CONSTRAINT_NOTNULL": REFUSED,
    "SQLITE_CONSTRAINT_CHECK": REFUSED,
    "SQLITE_TOOBIG": REFUSED,
    "SQLITE_BUSY": BUSY,
    "SQLITE_BUSY_SNAPSHOT": BUSY,
    "SQLITE_LOCKED": BUSY,
    "SQLITE_CANTOPEN": AWAY,
    "SQLITE_FULL": AWAY,
}


def meaning_of(error: DBAPIError) -> Meaning | None:
    """None for what can only be a mistake in the program, such as a missing table."""
    if name := getattr(error.orig, "sqlite_errorname", None):
        return _SQLITE_CODES.get(name)
    if state := getattr(error.orig, "sqlstate", None):
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:3]) or _SQLSTATES.get(state[:2])
    if isinstance(error, DataError):  # refused by the driver, before any database saw it
        return REFUSED
    return AWAY if isinstance(error, OperationalError | InterfaceError) else None


@contextmanager
def as_sqlalchemy(dialect: Dialect) -> Iterator[None]:
    """Turn what the driver raises into what SQLAlchemy raises for it."""
    errors = dialect.loaded_dbapi.Error
    try:
        yield
    except errors as error:
        raise DBAPIError.instance(
            None, None, error, errors, hide_parameters=True, dialect=dialect
        ) from error


@contextmanager
def translated(table: Table | None = None) -> Iterator[None]:
    """Turn failures of the database into domain errors; name the fields if ``table`` is written."""
    try:
        yield
    except StaleDataError as error:
        raise _counted(CHANGED()) from error
    except DBAPIError as error:
        if meaning := meaning_of(error):
            fields = () if table is None else _fields_of(error, meaning, table)
            raise _counted(meaning(fields=fields)) from error
        raise
    except (StatementError, OverflowError, UnicodeEncodeError) as error:
        # A value that the driver cannot even send; elsewhere than in a write it is our mistake.
        if table is None:
            raise
        raise _counted(REFUSED()) from error


def _counted(error: DomainError) -> DomainError:
    FAILURES.labels(type(error).__name__).inc()
    return error


def _fields_of(error: DBAPIError, meaning: Meaning, table: Table) -> tuple[str, ...]:
    """The columns of the constraint that refused, as far as they can be known."""
    diagnostics = getattr(error.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None)
    if column := getattr(diagnostics, "column_name", None):
        return (column,)
    if name is None and meaning is TAKEN:  # SQLite does not tell which, unless there is but one
        unique = [each.name for each in table.constraints if _can_be_taken(each)]
        name = unique[0] if len(unique) == 1 else None
    return tuple(
        column.name
        for constraint in table.constraints
        if isinstance(constraint, ColumnCollectionConstraint) and name and constraint.name == name
        for column in constraint.columns
        if not column.info.get("own")
    )


def _can_be_taken(constraint: Constraint) -> bool:
    """Whether it says more than the primary key does."""
    if not isinstance(constraint, UniqueConstraint):
        return False
    return not any(column.primary_key for column in constraint.columns)
