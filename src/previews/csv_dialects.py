# ruff: noqa: S608  # names are quoted by `literal`, or are ours
"""The dialect of CSV, found by its first lines as far as it is not given."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from src.jobs.errors import JobError
from src.previews.engine import literal
from src.previews.tables import Json

type Dialect = dict[str, Any]

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NAMES = {character: name for name, character in DELIMITERS.items()}
LINES = 1_000
"""The first lines, by which a delimiter is judged."""
MISSING = "nullstr = ['', 'NA', 'NaN', 'null']"
_FOUND = "Delimiter, Quote, Escape, SkipRows, HasHeader, DateFormat, TimestampFormat, Columns"
_EMPTY = "(empty)"


def dialect_of(database: duckdb.DuckDBPyConnection, head: Path, text: str, given: Json) -> Dialect:
    """Find the dialect of a text. Raises `JobError` if its lines fit none."""
    lines = text.splitlines()[:LINES]
    found = _sniffed(database, head, given)
    delimiter = DELIMITERS[given["delimiter"]] if "delimiter" in given else _likely(lines)
    if delimiter and not _has_header(found, lines[0], delimiter):
        found = _sniffed(database, head, given | {"delimiter": NAMES[delimiter]})
        if not _has_header(found, lines[0], delimiter):
            found = _assumed(lines[0], delimiter, given)
    if found is None:
        msg = "The lines have different numbers of values, whatever delimits them: mend the lines."
        raise JobError("dialect", msg)
    if found["Quote"] == _EMPTY and '"' not in text:  # there may be some in later lines
        found["Quote"] = found["Escape"] = '"'
    return found


def sql_of(found: Dialect) -> str:
    """Return a dialect as options of `read_csv`."""
    texts = {
        "delim": found["Delimiter"],
        "quote": found["Quote"].replace(_EMPTY, ""),
        "escape": found["Escape"].replace(_EMPTY, ""),
        "dateformat": found["DateFormat"],
        "timestampformat": found["TimestampFormat"],
    }
    options = [f"{name} = {literal(text)}" for name, text in texts.items() if text is not None]
    return ", ".join([*options, f"skip = {found['SkipRows']}", f"header = {found['HasHeader']}"])


def _sniffed(database: duckdb.DuckDBPyConnection, head: Path, given: Json) -> Dialect | None:
    """Return what DuckDB finds; None if no dialect fits all lines."""
    wanted = f", {MISSING}"
    if "delimiter" in given:
        wanted += f", delim = {literal(DELIMITERS[given['delimiter']])}"
    if "header" in given:
        wanted += f", header = {given['header']}"
    query = f"SELECT {_FOUND} FROM sniff_csv({literal(str(head))}{wanted})"
    try:
        (row,) = database.execute(query).fetchall()
    except duckdb.InvalidInputException:
        return None
    return dict(zip(_FOUND.split(", "), row, strict=True))


def _likely(lines: Sequence[str]) -> str | None:
    """Return a delimiter that most lines have as often as the first."""
    for each in NAMES:
        count = lines[0].count(each)
        same = sum(line.count(each) == count for line in lines)
        if count and same > 0.5 * len(lines):
            return each
    return None


def _has_header(found: Dialect | None, line: str, delimiter: str) -> bool:
    """Return whether a dialect does not skip a first line that a delimiter divides, as ``a;b`` is
    skipped before ``1,5;2,5``.
    """
    if found is None or len(found["Columns"]) == 1:
        return False
    return not found["SkipRows"] or len(found["Columns"]) <= line.count(delimiter) + 1


def _assumed(line: str, delimiter: str, given: Json) -> Dialect:
    """Return the usual dialect: reading the text shows the line that does not fit."""
    names = next(csv.reader([line], delimiter=delimiter))
    values = (delimiter, '"', '"', 0, given.get("header", True), None, None)
    columns = [{"name": each or f"column{at}", "type": "VARCHAR"} for at, each in enumerate(names)]
    return dict(zip(_FOUND.split(", "), (*values, columns), strict=True))
