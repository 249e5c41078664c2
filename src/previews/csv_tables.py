"""CSV, with its dialect found or given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import duckdb

from src.jobs.errors import JobError
from src.previews.bounds import HEAD_BYTES
from src.previews.csv_dialects import MISSING, NAMES, dialect_of, sql_of
from src.previews.engine import literal
from src.previews.tables import Column, Json, Table, check_columns, type_of
from src.previews.texts import mean_line

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
        given = f"{self.dialect}, {columns}, {rejects}, {MISSING}, max_line_size = {HEAD_BYTES}"
        return f"read_csv({literal(str(self.path))}, {given})"

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
    check_columns(max(text.splitlines()[0].count(each) for each in NAMES) + 1)
    found = dialect_of(database, head, text, given)
    names, kinds = zip(*((each["name"], each["type"]) for each in found["Columns"]), strict=True)
    delimiter, header = NAMES.get(found["Delimiter"], found["Delimiter"]), found["HasHeader"]
    return CsvTable(
        format="csv",
        columns=_columns(names, kinds),
        size_bytes=path.stat().st_size,
        row_bytes=mean_line(head),
        facts={"delimiter": delimiter, "header": header},
        path=path,
        dialect=sql_of(found),
        kinds=kinds,
    )


def _columns(names: Sequence[str], kinds: Sequence[str]) -> list[Column]:
    return [
        Column(name, type_of(kind), f"c{at}")
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
