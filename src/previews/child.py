"""Makes a preview, in a child process."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from src.jobs.errors import JobError
from src.previews.cells import fitted
from src.previews.csv_tables import open_csv
from src.previews.engine import connected, reading
from src.previews.formats import open_json_lines, open_parquet, problem_of
from src.previews.look import Look, look
from src.previews.profile import profiled
from src.previews.tables import Json, Table
from src.previews.texts import head_of, plain


def run(request: Json, report: Callable[..., None]) -> Json:
    """Return the preview of the file at ``path``; ``folder`` is for what does not fit into memory."""
    path, folder, options = Path(request["path"]), Path(request["folder"]), request["options"]
    try:
        seen = look(path, _format(options), options.get("encoding"))
    except FileNotFoundError:
        raise JobError("deleted", "The file was deleted meanwhile.") from None
    if seen.format != "parquet":
        path = plain(path, seen, folder)
    with connected(path, folder) as database, reading(partial(_problem, seen, path)):
        table = _opened(database, seen, path, folder, options)
        return fitted({"encoding": seen.encoding, **profiled(database, table)})


def _problem(seen: Look, path: Path) -> JobError:
    if seen.format == "jsonl":
        return problem_of(path)
    return JobError("unreadable", "The file is damaged, or is not what its first bytes say.")


def _format(options: Json) -> str | None:
    """Return the format, if the options are those of one."""
    return options.get("format", "csv" if options else None)


def _opened(
    database: duckdb.DuckDBPyConnection, seen: Look, path: Path, folder: Path, options: Json
) -> Table:
    if seen.format == "parquet":
        return open_parquet(database, path)
    if seen.format == "jsonl":
        return open_json_lines(database, path, head_of(path, folder))
    return open_csv(database, path, head_of(path, folder), options)
