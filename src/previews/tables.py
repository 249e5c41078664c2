"""A data file as a table: its columns, and the SQL that reads it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import duckdb

from src.jobs.errors import JobError
from src.previews.bounds import MOST_COLUMNS, PROFILED_BYTES, PROFILED_VALUES, SHOWN_COLUMNS
from src.previews.engine import identifier

type Json = dict[str, Any]

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
TYPES = {
    **dict.fromkeys(_INTEGERS | {f"U{each}" for each in _INTEGERS}, "integer"),
    **dict.fromkeys(("FLOAT", "DOUBLE", "DECIMAL"), "number"),
    **dict.fromkeys(("BLOB", "BIT"), "binary"),
    **dict.fromkeys(("STRUCT", "MAP", "UNION", "JSON", "LIST", "ARRAY", "VARIANT"), "json"),
    "BOOLEAN": "boolean",
    "DATE": "date",
}
"""Types of DuckDB by the words that previews have for them; the others are texts."""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    sql: str

    @property
    def text(self) -> str:
        """Return SQL for the value as a text."""
        value = f"to_json({self.sql})" if self.type == "json" else self.sql
        return f"CAST({value} AS VARCHAR)"


@dataclass(frozen=True, kw_only=True)
class Table(ABC):
    format: str
    columns: Sequence[Column]
    size_bytes: int
    """Of all values, roughly."""
    row_bytes: float
    """Of a row, on average."""
    rows: int | None = None
    """The number of rows, if the file says it."""
    facts: Json = field(default_factory=dict)
    """What a preview says about the format."""

    @property
    @abstractmethod
    def scan(self) -> str:
        """Return the SQL that reads the file."""

    @property
    def shown(self) -> Sequence[Column]:
        return self.columns[:SHOWN_COLUMNS]

    @property
    def most_rows(self) -> int:
        """Return how many rows a profile may read."""
        by_bytes = PROFILED_BYTES / max(self.row_bytes, 1)
        return int(min(by_bytes, PROFILED_VALUES / len(self.shown)))

    def corrected(self, database: duckdb.DuckDBPyConnection) -> Self | None:
        """Return the table as it has to be read instead, if reading it has shown so."""
        return None


def columns_of(described: Iterable[tuple[Any, ...]]) -> list[Column]:
    """Return the columns that a DESCRIBE has found."""
    columns = [Column(name, type_of(kind), identifier(name)) for name, kind, *_ in described]
    if not columns:
        raise JobError("empty", "The file has no columns.")
    check_columns(len(columns))
    return columns


def check_columns(number: int) -> None:
    if number > MOST_COLUMNS:
        msg = f"The file has {number} columns: the most are {MOST_COLUMNS}."
        raise JobError("columns", msg)


def type_of(kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return "timestamp"
    if kind.startswith("TIME"):
        return "time"
    if kind.endswith("]"):
        return "json"
    return TYPES.get(kind.partition("(")[0], "text")
