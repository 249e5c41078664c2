"""Reads a data file into columns: CSV, JSON Lines or Parquet. Only child processes import this."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
from numpy.typing import NDArray

from src.jobs.errors import JobError
from src.previews.engine import identifier
from src.previews.look import look
from src.previews.texts import plain
from src.schemas.preprocessing import COLUMNS, NAME
from src.training.bounds import CELLS, DUCKDB_MEMORY, LINE_BYTES, NAMES_BYTES, ROWS
from src.training.duck import reading

type Format = Literal["CSV", "JSON Lines", "Parquet"]
type ColumnType = Literal["number", "text"]
type Column = NDArray[np.float64] | NDArray[np.object_]
"""Numbers, NaN where one is missing; or texts, None where one is missing."""

_FORMATS: Mapping[str, Format] = {"csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}
_READERS: Mapping[Format, str] = {
    "CSV": f"read_csv(?, max_line_size={LINE_BYTES}, nullstr=['', 'NA', 'NaN', 'null'])",
    "JSON Lines": "read_json(?, format='newline_delimited', records=true)",
    "Parquet": "read_parquet(?)",
}
_NUMBERS = {
    *("FLOAT", "DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_TEXTS = {
    *("VARCHAR", "UUID", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"),
    *("TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"),
}


@dataclass(frozen=True)
class Table:
    columns: Mapping[str, Column]
    """By name, in the order of the file."""

    @property
    def rows(self) -> int:
        return len(next(iter(self.columns.values())))

    def column(self, name: str) -> Column:
        """Return a column. Raises `JobError` if there is none of this name."""
        if name not in self.columns:
            raise JobError("column", f"The file has no column named {name}.")
        return self.columns[name]


def type_of(column: Column) -> ColumnType:
    return "number" if column.dtype == np.float64 else "text"


def is_missing(column: Column) -> NDArray[np.bool_]:
    is_number = type_of(column) == "number"
    missing: NDArray[np.bool_] = np.isnan(column) if is_number else np.equal(column, None)
    return missing


def read_table(path: Path, folder: Path) -> Table:
    """Read all columns; the folder is for a copy of a text that is not plain UTF-8.

    Raises `JobError` with a reason that the owner of the file understands.
    """
    seen = look(path, None, None)
    form = _FORMATS[seen.format]
    if form != "Parquet":
        path = plain(path, seen, folder)
    source, given = f"FROM {_READERS[form]}", [str(path)]
    with reading(path) as connection, _readable(form):
        described = connection.execute(f"DESCRIBE SELECT * {source}", given).fetchall()
        casts = {str(name): _cast_of(str(name), str(kind)) for name, kind, *_ in described}
        _check_names([*casts])
        most = min(ROWS, CELLS // len(casts))
        chosen = ", ".join(casts.values())
        read = connection.execute(f"SELECT {chosen} {source} LIMIT {most + 1}", given)
        columns = [_column(each) for each in read.fetchnumpy().values()]
    table = Table(dict(zip(casts, columns, strict=True)))
    _check_rows(table, most)
    return table


@contextmanager
def _readable(form: Format) -> Iterator[None]:
    """Tell what is wrong without DuckDB's words, which have paths of the server."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        reason = f"Reading the file takes more than {DUCKDB_MEMORY} of memory."
        raise JobError("memory", reason) from None
    except duckdb.Error:
        reason = f"The file cannot be read as {form}: not all of its parts have the same form."
        raise JobError("unreadable", reason) from None


def _cast_of(name: str, kind: str) -> str:
    quoted = identifier(name)
    if kind == "BOOLEAN":  # a cast would be the reader's, which knows no number called true
        return f"CASE WHEN {quoted} THEN 1.0::DOUBLE WHEN NOT {quoted} THEN 0.0::DOUBLE END"
    if kind in _NUMBERS or kind.startswith("DECIMAL"):
        return f"CAST({quoted} AS DOUBLE)"
    if kind in _TEXTS or kind.startswith("ENUM"):
        return f"CAST({quoted} AS VARCHAR)"
    raise JobError("column", f"The column {name} has neither numbers nor texts.")


def _check_names(names: list[str]) -> None:
    if len(names) > COLUMNS:
        reason = f"The file has {len(names)} columns; at most {COLUMNS} are allowed."
        raise JobError("columns", reason)
    if any(not 0 < len(each) <= NAME or "\x00" in each for each in names):
        reason = f"The columns of the file need names of at most {NAME} characters."
        raise JobError("columns", reason)
    if len(json.dumps(names)) > NAMES_BYTES:
        raise JobError("columns", "The names of the columns are too long together.")


def _check_rows(table: Table, most: int) -> None:
    if table.rows == 0:
        raise JobError("empty", "The file has no rows.")
    if table.rows > most:
        reason = f"The file has more than {most} rows of {len(table.columns)} columns."
        raise JobError("rows", reason)


def _column(read: np.ndarray) -> Column:
    values = np.ma.asarray(read)
    if values.dtype != object:
        return values.astype(np.float64).filled(np.nan)
    return np.where(np.ma.getmaskarray(values), None, values.data)
