"""Queries on the points of runs, as MLflow's client has logged them.

The step of a point in its curve is the one that was logged, unless `MlflowPoint` has another.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
)

from src.models.base import table_of
from src.models.ml_metric import MlMetric
from src.models.mlflow_tracking import MlflowPoint

LARGEST = 1.7976931348623157e308
"""Stands for infinity where values are compared."""

POINTS = table_of(MlMetric)
MOVED = table_of(MlflowPoint)
type Expression = SQLColumnExpression[Any]


def joined_points() -> tuple[FromClause, FromClause, FromClause]:
    """Return points, what MLflow keeps of them, and both side by side."""
    points, moved = POINTS.alias(), MOVED.alias()
    same = and_(
        moved.c.run_id == points.c.experiment_id,
        moved.c.key == points.c.key,
        moved.c.step == points.c.step,
    )
    return points, moved, points.outerjoin(moved, same)


def logged_step(points: FromClause, moved: FromClause) -> Expression:
    return func.coalesce(moved.c.logged_step, points.c.step)


def comparable(points: FromClause, moved: FromClause) -> Expression:
    """Return a point's value for comparisons; NULL if it is not a number."""
    return func.coalesce(points.c.value, func.nullif(moved.c.sign, 0) * LARGEST)


def logged_order(points: FromClause, moved: FromClause) -> tuple[Expression, ...]:
    """Return MLflow's order of points, in which one that is not a number counts as 0.

    The last step of the curve counts, too, of points that differ in nothing else.
    """
    value = func.coalesce(comparable(points, moved), 0)
    return logged_step(points, moved), points.c.recorded_at, value, points.c.step


def latest_step(run: Expression, key: Expression) -> Expression:
    """Return the step in the curve of the point that MLflow takes for the latest.

    Each of its subqueries reads its own tables only: SQLAlchemy would add that of the run to one
    that is nested deeper, which then would not be about this run.
    """
    points, moved, joined = joined_points()
    has_moved = (
        exists()
        .where(MOVED.c.run_id == run, MOVED.c.key == key, MOVED.c.logged_step.is_not(None))
        .correlate_except(MOVED)
    )
    of_curve = (points.c.experiment_id == run, points.c.key == key)
    # Reads the whole curve, but only of those that have several points of one step.
    latest = (
        select(points.c.step)
        .select_from(joined)
        .where(*of_curve)
        .order_by(*(each.desc() for each in logged_order(points, moved)))
        .limit(1)
        .correlate_except(points, moved)
    )
    last = (
        select(func.max(POINTS.c.step))
        .where(POINTS.c.experiment_id == run, POINTS.c.key == key)
        .correlate_except(POINTS)
    )
    return case((has_moved, latest.scalar_subquery()), else_=last.scalar_subquery())


def latest_value(run: Expression, key: str) -> Expression:
    """Return the latest value of a run's metric, for comparisons."""
    points, moved, joined = joined_points()
    name: BindParameter[str] = bindparam(None, key)
    return (
        select(comparable(points, moved))
        .select_from(joined)
        .where(points.c.experiment_id == run, points.c.key == name)
        .where(points.c.step == latest_step(run, name))
        .scalar_subquery()
    )


def has_points(run: Expression, key: str) -> ColumnElement[bool]:
    return exists().where(POINTS.c.experiment_id == run, POINTS.c.key == key)


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
    points, moved, joined = joined_points()
    same = and_(
        points.c.experiment_id == keys.c.run,
        points.c.key == keys.c.key,
        points.c.step == latest_step(keys.c.run, keys.c.key),
    )
    shown = (points.c.experiment_id, *shown_columns(points, moved))
    return select(*shown).select_from(keys.join(joined, same))


def shown_columns(points: FromClause, moved: FromClause) -> tuple[Expression, ...]:
    step = logged_step(points, moved)
    return points.c.key, step, points.c.value, moved.c.sign, points.c.recorded_at
