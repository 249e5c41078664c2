# ruff: noqa: S608  # names are quoted by `literal` and `identifier`, or are ours
"""The first rows of a table, and what the values of its columns have in common."""

from collections.abc import Iterable, Sequence
from itertools import batched, chain
from typing import Any

import duckdb

from src.previews.bounds import COUNTED_BYTES, FEW_VALUES, SHOWN_CHARACTERS, SHOWN_ROWS, TOP_VALUES
from src.previews.cells import Cell, cell, finite
from src.previews.tables import Column, Json, Table

_KEPT = "kept"
"""The table in memory that has the rows of a small file."""
_QUARTERS = "[0.25, 0.5, 0.75]"
_NUMBERS = {"integer", "number"}
_WITHOUT_ORDER = {"binary", "json"}

type Top = list[tuple[int, str]]
"""How often a value is there, and the value."""


def profiled(database: duckdb.DuckDBPyConnection, table: Table) -> Json:
    """Return a preview whose texts may be one character too long, as a sign that they are cut."""
    is_small = table.size_bytes <= COUNTED_BYTES
    names = ", ".join(each.sql for each in table.shown)
    source = f"(SELECT {names} FROM {table.scan} LIMIT {table.most_rows})"
    if is_small:
        database.execute(f"CREATE OR REPLACE TEMP TABLE {_KEPT} AS FROM {source}")
        source = _KEPT
    profile = (_Counts if is_small else _Estimates)(database, source)
    count, facts = profile.facts(table.shown)
    if corrected := table.corrected(database):
        return profiled(database, corrected)
    tops = profile.tops(table.shown, facts)
    is_whole = table.rows is None and count < table.most_rows
    return {
        "format": table.format,
        "delimiter": None,
        "header": None,
        **table.facts,
        "row_count": count if is_whole else table.rows,
        "column_count": len(table.columns),
        "columns": list(map(_column, table.shown, facts, tops)),
        "rows": profile.rows(table.shown),
        "profiled_rows": count,
        "is_exact": is_small,
    }


class _Counts:
    """The profile of a table in memory, column by column."""

    distinct, quantiles = "count(DISTINCT {})", "quantile_cont({}, {})"

    def __init__(self, database: duckdb.DuckDBPyConnection, source: str) -> None:
        self._database = database
        self._source = source

    def rows(self, columns: Sequence[Column]) -> list[list[Cell]]:
        rows = self._all(", ".join(map(_cut, columns)), f"LIMIT {SHOWN_ROWS}")
        return [list(map(cell, (each.type for each in columns), row)) for row in rows]

    def facts(self, columns: Sequence[Column]) -> tuple[int, list[Json]]:
        """Return the number of rows, and a few facts about each column."""
        found = [self._facts([each]) for each in columns]
        return found[0][0], [fact for _, facts in found for fact in facts]

    def tops(self, columns: Sequence[Column], facts: Sequence[Json]) -> Iterable[Top]:
        """Return the most frequent values; long ones that begin alike count as one."""
        ending = f"WHERE value IS NOT NULL GROUP BY value ORDER BY 1 DESC, 2 LIMIT {TOP_VALUES}"
        return [self._all(f"count(*), {_cut(each)} AS value", ending) for each in columns]

    def _facts(self, columns: Sequence[Column]) -> tuple[int, list[Json]]:
        asked = [self._asked(each) for each in columns]
        terms = ", ".join(chain.from_iterable(each.values() for each in asked))
        count, *values = self._all(f"count(*), {terms}")[0]
        found = batched(values, len(asked[0]), strict=True)
        return count, [{"rows": count, **dict(zip(asked[0], each, strict=True))} for each in found]

    def _asked(self, column: Column) -> dict[str, str]:
        """Return what to ask about a column, in SQL."""
        value = column.text if column.type in _WITHOUT_ORDER else column.sql
        number = f"CAST({value} AS DOUBLE)"
        only = f"FILTER (isfinite({number}))" if column.type == "number" else ""
        asked = {
            "count": f"count({value})",
            "distinct": self.distinct.format(value),
            **dict.fromkeys(("min", "max", "mean", "quantiles"), "NULL"),
        }
        if column.type not in _WITHOUT_ORDER:
            asked |= {each: _text(f"{each}({value}) {only}") for each in ("min", "max")}
        if column.type in _NUMBERS:
            asked["mean"] = f"avg({number}) {only}"
            asked["quantiles"] = f"{self.quantiles.format(number, _QUARTERS)} {only}"
        return asked

    def _all(self, terms: str, ending: str = "") -> list[Any]:
        query = f"SELECT {terms} FROM {self._source} {ending}"
        rows: list[Any] = self._database.execute(query).fetchall()
        return rows


class _Estimates(_Counts):
    """The profile of a large file, which is read once for the facts and once for the top values."""

    distinct, quantiles = "approx_count_distinct({})", "approx_quantile({}, {})"

    def facts(self, columns: Sequence[Column]) -> tuple[int, list[Json]]:
        return self._facts(columns)

    def tops(self, columns: Sequence[Column], facts: Sequence[Json]) -> Iterable[Top]:
        """Return the most frequent values of columns that have few different ones."""
        few = [0 < each["distinct"] <= FEW_VALUES for each in facts]
        terms = [_top(each) for each, is_one in zip(columns, few, strict=True) if is_one]
        found = iter(self._all(", ".join(terms))[0] if terms else ())
        return [next(found) if is_one else [] for is_one in few]


def _cut(column: Column) -> str:
    return f"left({column.text}, {SHOWN_CHARACTERS + 1})"


def _text(value: str) -> str:
    return f"left(CAST({value} AS VARCHAR), {SHOWN_CHARACTERS + 1})"


def _top(column: Column) -> str:
    """Return SQL that counts each value of a column and keeps the most frequent ones."""
    pairs = f"list_transform(map_entries(histogram({_cut(column)})), lambda e: (e.value, e.key))"
    return f"list_slice(list_reverse_sort({pairs}), 1, {TOP_VALUES})"


def _column(column: Column, facts: Json, top: Top) -> Json:
    quantiles = [finite(each) for each in facts["quantiles"] or ()]
    return {
        "name": column.name,
        "type": column.type,
        "nulls": facts["rows"] - facts["count"],
        "distinct": min(facts["distinct"], facts["count"]),
        "min": cell(column.type, facts["min"]),
        "max": cell(column.type, facts["max"]),
        "mean": finite(facts["mean"]),
        "quantiles": quantiles if quantiles and None not in quantiles else None,
        "top": [{"value": cell(column.type, text), "count": count} for count, text in top],
    }
