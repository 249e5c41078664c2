"""DuckDB, kept from everything but the paths that it is given. Only child processes import this."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from src.jobs.errors import JobError
from src.previews.bounds import DATABASE_BYTES, DISK_BYTES

type Option = str | bool | int | float | list[str]

THREADS = 2
_CLOSED: Mapping[str, Option] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}


@contextmanager
def closed(
    limits: Mapping[str, Option], *, files: Sequence[Path] = (), folders: Sequence[Path] = ()
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory that sees these files and folders, and nothing of the network."""
    with duckdb.connect(":memory:", config={**_CLOSED, **limits}) as database:
        database.execute(f"SET allowed_paths = [{_literals(files)}]")
        database.execute(f"SET allowed_directories = [{_literals(folders)}]")
        database.execute("SET TimeZone = 'UTC'")  # times as texts are the same on every machine
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        yield database


def limits_in(folder: Path) -> Mapping[str, Option]:
    """Return the limits of a preview, which uses a folder for what is too much for its memory."""
    return {
        "threads": THREADS,
        "memory_limit": f"{DATABASE_BYTES}B",
        "temp_directory": str(folder),
        "max_temp_directory_size": f"{DISK_BYTES}B",
    }


def _literals(paths: Sequence[Path]) -> str:
    return ", ".join(literal(str(each)) for each in paths)


@contextmanager
def reading(problem: Callable[[], JobError]) -> Iterator[None]:
    """Raise `JobError` if DuckDB cannot read a file."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        reason = "The file needs too much memory to be read: send fewer rows or columns."
        raise JobError("memory", reason) from error
    except duckdb.Error as error:
        raise problem() from error


def literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def identifier(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
