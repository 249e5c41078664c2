# ruff: noqa: S608  # names are quoted
"""Labels as a table of DuckDB. Only child processes import this."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np

from src.feature_store.bounds import DISK, DUCKDB_MEMORY
from src.feature_store.joining import Labels
from src.jobs.errors import JobError
from src.previews.engine import Option, closed, identifier
from src.schemas.job import Json
from src.training.parquet import with_nulls
from src.training.tables import Column, Table, is_missing, read_table, type_of


@contextmanager
def opened(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB so that it sees this folder only. Raises `JobError` for what is too large."""
    limits: dict[str, Option] = {
        "memory_limit": DUCKDB_MEMORY,
        "temp_directory": str(folder),
        "max_temp_directory_size": DISK,
        "threads": 1,
    }
    try:
        with closed(limits, folders=[folder]) as connection:
            yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        reason = "The training set is too large, or the disk is full."
        raise JobError("memory", reason) from error


def labels_of(request: Json) -> Table:
    return read_table(Path(request["labels"]), Path(request["target"]).parent)


def entities_of(table: Table, name: str) -> list[str]:
    """Return the key of each label's entity. Raises `JobError` if one is missing."""
    column = _whole(table, name)
    if type_of(column) == "text":
        return [str(each) for each in column]
    if (column != np.round(column)).any():
        reason = f"The column {name} has numbers that are not whole: they are no keys."
        raise JobError("column", reason)
    return [str(int(each)) for each in column]


def create_labels(
    connection: duckdb.DuckDBPyConnection, table: Table, entity: str, at: str
) -> Labels:
    """Create a table of the labels with a key and a time in UTC beside their columns."""
    keys = {
        "entity": np.array(entities_of(table, entity), dtype=object),
        "moment": np.array([*_times(table, at)], dtype="datetime64[us]"),
    }
    others = {name: each for name, each in table.columns.items() if name not in {entity, at}}
    numbered = {f"c{place}": each for place, each in enumerate(others.values())}
    connection.register("given", keys | numbered)
    places = ", ".join(f"{with_nulls(own, each)} AS {own}" for own, each in numbered.items())
    connection.execute(f"CREATE TABLE labels AS SELECT entity, moment, {places} FROM given")
    shown = ", ".join(
        f"{own} AS {identifier(name)}" for own, name in zip(numbered, others, strict=True)
    )
    return Labels("labels", "entity", "moment", shown)


def _whole(table: Table, name: str) -> Column:
    column = table.column(name)
    if missing := int(is_missing(column).sum()):
        raise JobError("column", f"The column {name} has no value in {missing} rows.")
    return column


def _times(table: Table, name: str) -> Iterator[datetime]:
    """Yield times in UTC without their zone; a time without a zone is in UTC."""
    column = _whole(table, name)
    try:
        for each in column:
            time = datetime.fromisoformat(each)
            yield time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    except (TypeError, ValueError, OverflowError):
        reason = f"The column {name} needs times such as 2026-11-21T08:00:00Z."
        raise JobError("column", reason) from None
