"""DuckDB within the limits of a training. Only child processes import this."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from src.previews.engine import Option, closed
from src.training.bounds import DUCKDB_MEMORY

LIMITS: Mapping[str, Option] = {
    "memory_limit": DUCKDB_MEMORY,
    "max_temp_directory_size": "0B",
    "threads": 1,
}


@contextmanager
def writing(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB so that it writes into this folder only."""
    with closed(LIMITS, folders=[folder]) as connection:
        yield connection
