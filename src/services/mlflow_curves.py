"""Queries on the points of runs, as MLflow's client has logged them.

The step of a point in its curve is the one that was logged, unless `MlflowPoint` has another.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from src.core.queries import Query
from src.models.base import table_of
from src.models.ml_metric import MlMetric
from src.models.mlflow_tracking import MlflowPoint

LARGEST = 1.7976931348623157e308
"""Stands for infinity where values are compared."""

POINTS = table_of(MlMetric)
MOVED = table_of(MlflowPoint)
type Expression = SQLColumnExpression[Any]


def _joined() -> tuple[FromClause, FromClause, FromClause]:
    """Return points, what MLflow keeps of them, and both side by side."""
    points, moved = POINTS.alias(), MOVED.alias()
    same = and_(
        moved.c.run_id == points.c.experiment_id,
        moved.c.key == points.c.key,
        moved.c.step == points.c.step,
    )
    return points, moved, points.outerjoin(moved, same)


def _logged(points: FromClause, moved: FromClause) -> Expression:
    return func.coalesce(moved.c.logged_step, points.c.step)


def latest_step(run: Expression, key: Expression) -> Expression:
    """Return the step in the curve of the point that MLflow takes for the latest."""
    points, moved, joined = _joined()
    has_moved = exists().where(
        MOVED.c.run_id == run, MOVED.c.key == key, MOVED.c.logged_step.is_not(None)
    )
    of_curve = (points.c.experiment_id == run, points.c.key == key)
    # Reads the whole curve, but only of those that have several points of one step.
    latest = (
        select(points.c.step)
        .select_from(joined)
        .where(*of_curve)
        .order_by(_logged(points, moved).desc(), points.c.recorded_at.desc(), points.c.value.desc())
        .limit(1)
    )
    last = select(func.max(POINTS.c.step)).where(POINTS.c.experiment_id == run, POINTS.c.key == key)
    return case((has_moved, latest.scalar_subquery()), else_=last.scalar_subquery())


def latest_value(run: Expression, key: str) -> Expression:
    """Return the latest value of a run's metric, for comparisons."""
    points, moved, joined = _joined()
    name: BindParameter[str] = bindparam(None, key)
    infinite = func.nullif(moved.c.sign, 0) * LARGEST
    return (
        select(func.coalesce(points.c.value, infinite))
        .select_from(joined)
        .where(points.c.experiment_id == run, points.c.key == name)
        .where(points.c.step == latest_step(run, name))
        .scalar_subquery()
    )


def latest_of(runs: Select[Any]) -> Select[Any]:
    """Select the latest point of each key of these runs.

    Keys are found one after the other by the primary key: to group points would read all of them.
    """
    chosen = runs.subquery()
    run = chosen.c[0]

    def next_key(of: Expression, *after: ColumnElement[bool]) -> Expression:
        keys = select(func.min(POINTS.c.key)).where(POINTS.c.experiment_id == of, *after)
        return keys.scalar_subquery()

    keys = select(run.label("run"), next_key(run).label("key")).cte("keys", recursive=True)
    following = next_key(keys.c.run, POINTS.c.key > keys.c.key)
    keys = keys.union_all(select(keys.c.run, following).where(keys.c.key.is_not(None)))
    points, moved, joined = _joined()
    same = and_(
        points.c.experiment_id == keys.c.run,
        points.c.key == keys.c.key,
        points.c.step == latest_step(keys.c.run, keys.c.key),
    )
    shown = (points.c.experiment_id, *_shown(points, moved))
    return select(*shown).select_from(keys.join(joined, same))


def _shown(points: FromClause, moved: FromClause) -> tuple[Expression, ...]:
    step = _logged(points, moved)
    return points.c.key, step, points.c.value, moved.c.sign, points.c.recorded_at


_run = bindparam("run_id", type_=Uuid)
_key = bindparam("key", type_=Text)
HAS_MOVED = Query(
    select(MOVED.c.step)
    .where(MOVED.c.run_id == _run, MOVED.c.key == _key, MOVED.c.logged_step.is_not(None))
    .limit(1)
)


def _history(*, in_order_of_the_curve: bool) -> Query:
    points, moved, joined = _joined()
    step = _logged(points, moved)
    order = [points.c.step] if in_order_of_the_curve else [step, points.c.recorded_at]
    least, most = (bindparam(name, type_=BigInteger) for name in ("least", "most"))
    return Query(
        select(*_shown(points, moved))
        .select_from(joined)
        .where(points.c.experiment_id == _run, points.c.key == _key, step.between(least, most))
        .order_by(*order)
        .limit(bindparam("limit", type_=BigInteger))
        .offset(bindparam("skip", type_=BigInteger))
    )


HISTORY = {
    False: _history(in_order_of_the_curve=True),
    True: _history(in_order_of_the_curve=False),
}
"""By whether points of the curve have another step than was logged."""
