# ruff: noqa: S608  # names are quoted by `literal` and `identifier`, or are ours
"""CSV, with its dialect found or given."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import duckdb

from src.jobs.errors import JobError
from src.previews.engine import literal
from src.previews.tables import Column, Json, Table, check_columns, type_of
from src.previews.texts import mean_line

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
NAMES = {character: name for name, character in DELIMITERS.items()}
LINES = 1_000
"""The first lines, by which a delimiter is judged."""
REJECTS = 1_000
"""The most values of which DuckDB notes why they do not fit."""
CORRECTIONS = 3
"""How often a text is read anew with other types, before all of its columns are texts."""
REASONS = {
    "TOO MANY COLUMNS": "has more values than there are columns",
    "MISSING COLUMNS": "has fewer values than there are columns",
    "UNQUOTED VALUE": "has a quote that does not end",
    "LINE SIZE OVER MAXIMUM": "is too long",
    "INVALID ENCODING": "is not UTF-8",
}
_FOUND = "Delimiter, Quote, Escape, SkipRows, HasHeader, DateFormat, TimestampFormat, Columns"
_EMPTY = "(empty)"


@dataclass(frozen=True, kw_only=True)
class CsvTable(Table):
    path: Path
    dialect: str
    """In SQL."""
    kinds: Sequence[str]
    """DuckDB's types of the columns."""
    corrections: int = 0

    @property
    def scan(self) -> str:
        kinds = ", ".join(f"c{at}: {literal(kind)}" for at, kind in enumerate(self.kinds))
        columns = f"columns = {{{kinds}}}, auto_detect = false"
        rejects = f"store_rejects = true, rejects_limit = {REJECTS}"
        return f"read_csv({literal(str(self.path))}, {self.dialect}, {columns}, {rejects})"

    def corrected(self, database: duckdb.DuckDBPyConnection) -> Self | None:
        """Return the table with texts where values do not fit. Raises `JobError` for a wrong line."""
        rejects = database.execute(
            "SELECT error_type::VARCHAR, line, column_idx - 1 FROM reject_errors ORDER BY line"
        ).fetchall()
        database.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
        for kind, line, _ in rejects:
            if kind != "CAST":
                raise JobError("line", f"Line {line} {REASONS.get(kind, 'cannot be read')}.")
        if not rejects:
            return None
        if self.corrections == CORRECTIONS:
            rejects = [(None, None, at) for at in range(len(self.kinds))]
        wrong = {at for *_, at in rejects}
        kinds = ["VARCHAR" if at in wrong else kind for at, kind in enumerate(self.kinds)]
        columns = _columns([each.name for each in self.columns], kinds)
        return replace(self, kinds=kinds, columns=columns, corrections=self.corrections + 1)


def open_csv(database: duckdb.DuckDBPyConnection, path: Path, head: Path, given: Json) -> CsvTable:
    """Find the dialect of a text by its first lines, as far as it is not given."""
    text = head.read_text(encoding="utf-8", errors="replace")
    lines = text.splitlines()[:LINES]
    check_columns(max(lines[0].count(each) for each in NAMES) + 1)
    found = _sniffed(database, head, given)
    delimiter = DELIMITERS[given["delimiter"]] if "delimiter" in given else _likely(lines)
    if delimiter and (found is None or len(found["Columns"]) == 1):
        found = _assumed(lines[0], delimiter, given)
    if found is None:
        raise JobError("dialect", "The lines differ in their number of values: name the delimiter.")
    if found["Quote"] == _EMPTY and '"' not in text:  # there may be some in later lines
        found["Quote"] = found["Escape"] = '"'
    names, kinds = zip(*((each["name"], each["type"]) for each in found["Columns"]), strict=True)
    delimiter, header = NAMES.get(found["Delimiter"], found["Delimiter"]), found["HasHeader"]
    return CsvTable(
        format="csv",
        columns=_columns(names, kinds),
        size_bytes=path.stat().st_size,
        row_bytes=mean_line(head),
        facts={"delimiter": delimiter, "header": header},
        path=path,
        dialect=_dialect(found),
        kinds=kinds,
    )


def _sniffed(database: duckdb.DuckDBPyConnection, head: Path, given: Json) -> dict[str, Any] | None:
    """Return what DuckDB finds; None if no dialect fits all lines."""
    wanted = ""
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
    """Return a delimiter that nearly all lines have as often as the first."""
    for each in NAMES:
        count = lines[0].count(each)
        same = sum(line.count(each) == count for line in lines)
        if count and same > 0.9 * len(lines):
            return each
    return None


def _assumed(line: str, delimiter: str, given: Json) -> dict[str, Any]:
    """Return the usual dialect: reading the text shows the line that does not fit."""
    names = next(csv.reader([line], delimiter=delimiter))
    values = (delimiter, '"', '"', 0, given.get("header", True), None, None)
    columns = [{"name": each, "type": "VARCHAR"} for each in names]
    return dict(zip(_FOUND.split(", "), (*values, columns), strict=True))


def _dialect(found: dict[str, Any]) -> str:
    texts = {
        "delim": found["Delimiter"],
        "quote": found["Quote"].replace(_EMPTY, ""),
        "escape": found["Escape"].replace(_EMPTY, ""),
        "dateformat": found["DateFormat"],
        "timestampformat": found["TimestampFormat"],
    }
    options = [f"{name} = {literal(text)}" for name, text in texts.items() if text is not None]
    return ", ".join([*options, f"skip = {found['SkipRows']}", f"header = {found['HasHeader']}"])


def _columns(names: Sequence[str], kinds: Sequence[str]) -> list[Column]:
    return [
        Column(name, type_of(kind), f"c{at}")
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
