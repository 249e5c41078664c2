# ruff: noqa: S608  # names are quoted by `literal` and `identifier`, or are ours
"""JSON Lines and Parquet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from src.jobs.errors import JobError
from src.previews.bounds import CHECKED_LINES
from src.previews.engine import literal
from src.previews.tables import Json, Table, check_columns, columns_of
from src.previews.texts import mean_line

JSON_LINES = (
    "format = 'newline_delimited', records = 'true', sample_size = -1, "
    "maximum_depth = 2, map_inference_threshold = -1"
)


@dataclass(frozen=True, kw_only=True)
class ParquetTable(Table):
    path: Path

    @property
    def scan(self) -> str:
        return f"read_parquet({literal(str(self.path))})"


@dataclass(frozen=True, kw_only=True)
class JsonLinesTable(Table):
    path: Path

    @property
    def scan(self) -> str:
        return f"read_json({literal(str(self.path))}, {JSON_LINES})"


def open_parquet(database: duckdb.DuckDBPyConnection, path: Path) -> Table:
    place = literal(str(path))
    described = database.execute(f"DESCRIBE SELECT * FROM read_parquet({place})").fetchall()
    query = (
        f"SELECT (SELECT num_rows FROM parquet_file_metadata({place})), "
        f"(SELECT sum(total_uncompressed_size) FROM parquet_metadata({place}))"
    )
    ((rows, size),) = database.execute(query).fetchall()
    # A value that is always the same takes time, but no room.
    size = max(int(size or 0), rows * len(described))
    return ParquetTable(
        format="parquet",
        columns=columns_of(described),
        size_bytes=size,
        row_bytes=size / max(rows, 1),
        rows=rows,
        path=path,
    )


def open_json_lines(database: duckdb.DuckDBPyConnection, path: Path, head: Path) -> Table:
    check_columns(len(_names(head)))  # DuckDB would take the square of its time
    scan = f"read_json({literal(str(path))}, {JSON_LINES})"
    return JsonLinesTable(
        format="jsonl",
        columns=columns_of(database.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()),
        size_bytes=path.stat().st_size,
        row_bytes=mean_line(head),
        path=path,
    )


def _names(head: Path) -> set[str]:
    """Return the names in the first objects, up to one that is wrong."""
    names: set[str] = set()
    with head.open("rb") as lines:
        for line in filter(bytes.strip, lines):
            try:
                names.update(_object(line))
            except (ValueError, RecursionError):
                break
    return names


def problem_of(path: Path) -> JobError:
    """Return an error that names the first wrong line, if it is found."""
    with path.open("rb") as lines:
        for number, line in enumerate(islice(lines, CHECKED_LINES), 1):
            try:
                if line.strip():
                    _object(line)
            except RecursionError:
                return JobError("line", f"Line {number} is nested too deeply.")
            except ValueError:
                return JobError("line", f"Line {number} is no JSON object with names that differ.")
    return JobError("unreadable", "The objects in the lines do not fit each other.")


def _object(line: bytes) -> Json:
    """Parse a line more strictly than Python does. Raises ``ValueError``."""
    found = json.loads(line, object_pairs_hook=_members)
    if not isinstance(found, dict):
        raise ValueError  # noqa: TRY004  # as for JSON that is wrong in another way
    json.dumps(found, ensure_ascii=False).encode()  # finds halves of pairs of surrogates
    return found


def _members(pairs: Sequence[tuple[str, Any]]) -> Json:
    """Raise ``ValueError`` if a name is empty, or two are the same."""
    members = dict(pairs)
    if len(members) < len(pairs) or "" in members:
        raise ValueError
    return members
