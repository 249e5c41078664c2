# ruff: noqa: S608  # names and paths are quoted
"""Joins labels with the history of features as of their times. It needs DuckDB."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from src.schemas.version_features import ViewColumns

_TYPES: Mapping[str, str] = {
    "bool": "BOOLEAN",
    "float": "DOUBLE",
    "int": "BIGINT",
    "text": "VARCHAR",
}


@dataclass(frozen=True)
class Labels:
    """A table of DuckDB whose rows get the features that were known at their times."""

    table: str
    entity: str
    """SQL for the key of the entity, as a text."""
    at: str
    """SQL for the time, in UTC and without a zone."""
    shown: str = "*"
    """The columns that stay."""


def joined(labels: Labels, views: Sequence[ViewColumns], histories: Iterable[Path]) -> str:
    """Return a SELECT of the labels, in their order, with a column for each feature."""
    numbered = [*enumerate(zip(views, histories, strict=True))]
    features = (_feature(n, name, view) for n, (view, _) in numbered for name in view.types)
    joins = (_join(number, *each) for number, each in numbered)
    keys = f"{labels.entity} AS entity, {labels.at} AS moment, row_number() OVER () AS place"
    return f"""
        SELECT labels.*, features.*
        FROM (SELECT {labels.shown} FROM {labels.table}) AS labels
        POSITIONAL JOIN (
            SELECT {", ".join(features)}
            FROM (SELECT {keys} FROM {labels.table}) AS keys {" ".join(joins)}
            ORDER BY keys.place
        ) AS features
    """


def _feature(number: int, name: str, view: ViewColumns) -> str:
    value = f'h{number}."values"."{name}"'
    if view.ttl_seconds is not None:
        is_young = f"keys.moment - h{number}.event_at <= to_seconds({view.ttl_seconds})"
        value = f"CASE WHEN {is_young} THEN {value} END"
    return f'{value} AS "{name}"'


def _join(number: int, view: ViewColumns, history: Path) -> str:
    values = ", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in view.types.items())
    columns = {"entity": "VARCHAR", "event_at": "TIMESTAMP", "values": f"STRUCT({values})"}
    given = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    path = str(history).replace("'", "''")
    return f"""
        ASOF LEFT JOIN read_json(
            '{path}', format = 'newline_delimited', columns = {{{given}}}
        ) AS h{number}
        ON keys.entity = h{number}.entity AND keys.moment >= h{number}.event_at
    """
