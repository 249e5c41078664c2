"""A data file as a table that DuckDB reads: in one way for all who read what users send."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb

from src.jobs.errors import JobError
from src.previews.csv_tables import open_csv
from src.previews.engine import Option, closed, reading
from src.previews.formats import open_json_lines, open_parquet, problem_of
from src.previews.look import Look, look
from src.previews.tables import Json, Table
from src.previews.texts import copy_head, plain


class Opened(NamedTuple):
    encoding: str | None
    database: duckdb.DuckDBPyConnection
    table: Table


@contextmanager
def opened(
    path: Path, folder: Path, limits: Mapping[str, Option], options: Json
) -> Iterator[Opened]:
    """Open a data file; the folder is for copies of its text.

    Raises `JobError` with a reason that the owner of the file understands, also in the block.
    """
    try:
        seen = look(path, _format(options), options.get("encoding"))
        head = folder / "head"
        if seen.format != "parquet":
            path = plain(path, seen, folder)
            copy_head(path, head)
    except FileNotFoundError:
        raise JobError("deleted", "The file was deleted meanwhile.") from None
    with (
        closed(limits, files=[path, head]) as database,
        reading(partial(_problem, seen, path)),
    ):
        yield Opened(seen.encoding, database, _table(database, seen, path, head, options))


def _problem(seen: Look, path: Path) -> JobError:
    if seen.format == "jsonl":
        return problem_of(path)
    return JobError("unreadable", "The file is damaged, or is not what its first bytes say.")


def _format(options: Json) -> str | None:
    """Return the format, if the options are those of one."""
    return options.get("format", "csv" if options else None)


def _table(
    database: duckdb.DuckDBPyConnection, seen: Look, path: Path, head: Path, options: Json
) -> Table:
    if seen.format == "parquet":
        return open_parquet(database, path)
    if seen.format == "jsonl":
        return open_json_lines(database, path, head)
    return open_csv(database, path, head, options)
