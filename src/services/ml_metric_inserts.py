"""Points that are given as one JSON text, and their INSERT."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    FromClause,
    Insert,
    SQLColumnExpression,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlmodel.sql.sqltypes import UTCDateTime

from src.core.upsert import upsert
from src.models.base import table_of
from src.models.ml_metric import MlMetric

_TABLE = table_of(MlMetric)
_POINTS = _TABLE.c
SHOWN = (_POINTS.key, _POINTS.step, _POINTS.value, _POINTS.recorded_at)


def merged(given: FromClause, experiment_id: SQLColumnExpression[UUID]) -> Insert:
    """Return the INSERT of given points, in which a new value replaces the old one."""
    now = bindparam("now", type_=_POINTS.recorded_at.type)
    time = func.coalesce(given.c.recorded_at, now)
    # Sorted, so that two batches with points in common cannot deadlock.
    rows = (
        select(experiment_id, given.c.key, given.c.step, given.c.value, time)
        .where(experiment_id.is_not(None))
        .order_by(experiment_id, given.c.key, given.c.step)
    )
    new = upsert(_TABLE).from_select([_POINTS.experiment_id, *SHOWN], rows)
    return new.on_conflict_do_update(
        index_elements=[_POINTS.experiment_id, _POINTS.key, _POINTS.step],
        set_={"value": new.excluded.value, "recorded_at": new.excluded.recorded_at},
        where=_POINTS.value.is_distinct_from(new.excluded.value),
    )


# All points as one JSON text: binding 10,000 of them would take longer than everything else.
_TEXT = bindparam("points", type_=Text)


def given(*columns: Column[Any]) -> dict[str, FromClause]:
    """Return, by dialect, the points of the JSON text ``points`` as rows with these columns."""
    return {"postgresql": _given_to_postgresql(columns), "sqlite": _given_to_sqlite(columns)}


def _given_to_postgresql(columns: Sequence[Column[Any]]) -> FromClause:
    like = (column(each.key, each.type) for each in columns)
    records = func.json_to_recordset(cast(_TEXT, JSON)).table_valued(*like)
    return records.render_derived(with_types=True)


def _given_to_sqlite(columns: Sequence[Column[Any]]) -> FromClause:
    point = func.json_each(_TEXT).table_valued("value").c.value
    return select(
        *(_stored(point.op("->>")(each.key), each).label(each.key) for each in columns)
    ).subquery()


def _stored(value: ColumnElement[Any], like: Column[Any]) -> ColumnElement[Any]:
    """Return the text of a JSON value in the form in which SQLAlchemy stores it there."""
    if isinstance(like.type, Uuid):
        return func.replace(value, "-", "")
    if isinstance(like.type, UTCDateTime):  # 2026-11-21T08:00:00Z lacks the fraction
        plain = func.replace(func.rtrim(value, "Z"), "T", " ")
        return func.substr(plain + ".000000", 1, 26)
    return value


GIVEN = given(*SHOWN)
