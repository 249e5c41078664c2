"""What each code of a database means, and what becomes of the connection that reported it.

Every SQLSTATE that PostgreSQL documents and every result code of SQLite has a row, of its own or by
its class; `tests/unit/test_codes.py` reads their lists. A code that neither knows closes its
connection and is a bug.
"""

import sqlite3
from dataclasses import dataclass
from enum import Enum, auto

from src.core.errors import (
    AwayError,
    BrokenReferenceError,
    BrokenRuleError,
    BusyError,
    DomainError,
    NotWritableError,
    RefusedValueError,
    RenewedError,
    TakenError,
)

type Meaning = type[DomainError] | None
"""None for a bug of ours, such as a missing table: it is answered with 500."""


class Fate(Enum):
    """What becomes of a connection after an error."""

    KEPT = auto()
    """The error undid its statement at most: the transaction goes on."""
    ROLLED_BACK = auto()
    """The connection is good again after a rollback."""
    CLOSED = auto()
    """The state of the connection is unknown, or it has ended."""
    ALL_CLOSED = auto()
    """Connections opened earlier are as bad: another plan, another server behind the address."""


@dataclass(frozen=True)
class Decision:
    meaning: Meaning
    fate: Fate


UNKNOWN = Decision(None, Fate.CLOSED)


def _rows(*rows: tuple[Meaning, Fate, str]) -> dict[str, Decision]:
    return {
        code: Decision(meaning, fate) for meaning, fate, codes in rows for code in codes.split()
    }


# Whole codes, or classes (the first two characters):
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_SQLSTATES = _rows(
    (None, Fate.KEPT, "00 01 02"),  # not errors
    (None, Fate.ROLLED_BACK, "03 09 0B 0F 0L 0P 0Z 10 20 21 24 27 2B 2F 38 39 3B 3F 42 55 HV P0"),
    # Transactions and cursors that are not what the code takes them for.
    (None, Fate.CLOSED, "25 2D 34"),
    (None, Fate.ROLLED_BACK, "25P02"),  # went on after an error
    # A prepared statement whose result has changed with a table, or that a pooler has mixed up.
    (RenewedError, Fate.ALL_CLOSED, "0A 26 42P05"),
    (NotWritableError, Fate.ALL_CLOSED, "25006"),  # a standby, or a primary that is one by now
    (AwayError, Fate.CLOSED, "08 25P03 25P04 28 3D 40003 53300 57 58 F0 XX"),
    (AwayError, Fate.ROLLED_BACK, "53 HV00N"),  # such as a full disk
    (BusyError, Fate.ROLLED_BACK, "40 55006 55P03 57014 72"),
    (TakenError, Fate.ROLLED_BACK, "23505 23P01"),
    (BrokenReferenceError, Fate.ROLLED_BACK, "23001 23503"),
    (BrokenRuleError, Fate.ROLLED_BACK, "23514"),
    # 54000 and 54001: a value too large for an index, or nested too deeply.
    (RefusedValueError, Fate.ROLLED_BACK, "22 23 44 54000 54001"),
    (None, Fate.ROLLED_BACK, "54"),
)

# Extended or primary result codes: https://www.sqlite.org/rescode.html
_SQLITE_CODES = _rows(
    (None, Fate.KEPT, "OK ROW DONE NOTICE WARNING RANGE"),
    (None, Fate.ROLLED_BACK, "ERROR ABORT AUTH NOTFOUND"),
    (None, Fate.CLOSED, "INTERNAL MISUSE EMPTY"),
    (AwayError, Fate.ROLLED_BACK, "FULL"),
    (AwayError, Fate.CLOSED, "CANTOPEN CORRUPT FORMAT IOERR NOLFS NOMEM NOTADB PERM PROTOCOL"),
    (NotWritableError, Fate.ALL_CLOSED, "READONLY"),
    (BusyError, Fate.ROLLED_BACK, "BUSY LOCKED INTERRUPT SCHEMA"),
    (TakenError, Fate.KEPT, "CONSTRAINT_UNIQUE CONSTRAINT_PRIMARYKEY CONSTRAINT_ROWID"),
    (BrokenReferenceError, Fate.KEPT, "CONSTRAINT_FOREIGNKEY"),
    (BrokenRuleError, Fate.KEPT, "CONSTRAINT_CHECK"),
    (RefusedValueError, Fate.KEPT, "CONSTRAINT TOOBIG MISMATCH"),
    # Code of ours that runs inside SQLite.
    (
        None,
        Fate.KEPT,
        (
            "CONSTRAINT_COMMITHOOK CONSTRAINT_FUNCTION CONSTRAINT_PINNED CONSTRAINT_TRIGGER "
            "CONSTRAINT_VTAB"
        ),
    ),
)
_PRIMARY = {
    getattr(sqlite3, f"SQLITE_{name}"): name for name in _SQLITE_CODES if "CONSTRAINT_" not in name
}


def decision_for_sqlstate(state: str) -> Decision | None:
    return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])


def decision_for_sqlite(name: str, number: int = 0) -> Decision | None:
    """Return the row of a result code, such as ``SQLITE_BUSY_SNAPSHOT`` or its primary code.

    The number tells the primary code of an extended one that is newer than this Python.
    """
    code = name.removeprefix("SQLITE_")
    found = _SQLITE_CODES.get(code) or _SQLITE_CODES.get(code.partition("_")[0])
    if found is None and number:
        found = _SQLITE_CODES.get(_PRIMARY.get(number & 0xFF, ""))
    return found
