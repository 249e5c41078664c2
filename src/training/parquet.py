# ruff: noqa: S608  # names and paths are quoted
"""Writes columns as Parquet, which keeps their types. Only child processes import this."""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from src.jobs.errors import JobError
from src.previews.engine import identifier, literal
from src.training.duck import writing
from src.training.tables import Column, type_of


def write_parquet(path: Path, columns: Mapping[str, Column]) -> None:
    """Write a new file. Raises `JobError` if the disk is full."""
    numbered = {f"c{place}": column for place, column in enumerate(columns.values())}
    terms = ", ".join(
        f"{with_nulls(own, column)} AS {identifier(name)}"
        for name, (own, column) in zip(columns, numbered.items(), strict=True)
    )
    with writing(path.parent) as connection:
        connection.register("new", numbered)
        target = literal(str(path))
        try:
            connection.execute(f"COPY (SELECT {terms} FROM new) TO {target} (FORMAT parquet)")
        except duckdb.IOException as error:
            msg = "The new file cannot be written: the disk may be full."
            raise JobError("disk", msg) from error


def with_nulls(name: str, column: Column) -> str:
    """Return SQL for a column in which a missing number is null."""
    is_number = type_of(column) == "number"
    return f"CASE WHEN NOT isnan({name}) THEN {name} END" if is_number else name
