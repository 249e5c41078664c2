# ruff: noqa: S608  # names are quoted by the tables of previews
"""Reads a data file into columns: CSV, JSON Lines or Parquet. Only child processes import this."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
from numpy.typing import NDArray

from src.jobs.errors import JobError
from src.previews.opening import opened
from src.previews.tables import Column as Read
from src.previews.tables import Table as Source
from src.schemas.preprocessing import COLUMNS, NAME
from src.training.bounds import CELLS, NAMES_BYTES, ROWS
from src.training.duck import LIMITS

type ColumnType = Literal["number", "text"]
type Column = NDArray[np.float64] | NDArray[np.object_]
"""Numbers, NaN where one is missing; or texts, None where one is missing."""

_CASTS = {
    # A cast to a number would be the reader's, which knows none that is called true.
    "boolean": "CASE WHEN {0} THEN 1.0::DOUBLE WHEN NOT {0} THEN 0.0::DOUBLE END",
    **dict.fromkeys(("integer", "number"), "CAST({0} AS DOUBLE)"),
    **dict.fromkeys(("date", "time", "timestamp", "text"), "CAST({0} AS VARCHAR)"),
}
"""What becomes of the types of a preview."""


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
    """Read all columns, as a preview does; the folder is for copies of a text.

    Raises `JobError` with a reason that the owner of the file understands.
    """
    with opened(path, folder, LIMITS, {}) as (_, database, source):
        names = [each.name for each in source.columns]
        _check_names(names)
        most = min(ROWS, CELLS // len(names))
        columns = _read(database, source, most + 1)
    table = Table(dict(zip(names, columns, strict=True)))
    _check_rows(table, most)
    return table


def _read(database: duckdb.DuckDBPyConnection, source: Source, most: int) -> list[Column]:
    """Read so many rows, once more if they have shown that a column has other values."""
    chosen = ", ".join(f"{_cast_of(each)} AS c{at}" for at, each in enumerate(source.columns))
    found = database.execute(f"SELECT {chosen} FROM {source.scan} LIMIT {most}").fetchnumpy()
    if corrected := source.corrected(database):
        return _read(database, corrected, most)
    return [_column(each) for each in found.values()]


def _cast_of(column: Read) -> str:
    if column.type not in _CASTS:
        raise JobError("column", f"The column {column.name} has neither numbers nor texts.")
    return _CASTS[column.type].format(column.sql)


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
