"""Queries that write points of curves, each built once for both databases.

They take ``run_id``, and points as one JSON text: to bind 1,000 of them would take longer than all
else.
"""

from sqlalchemy import FromClause, Uuid, bindparam, func, select, union_all

from src.core.queries import Query
from src.core.upsert import upsert
from src.services.ml_metric_inserts import GIVEN
from src.services.mlflow_curves import MOVED, POINTS

_RUN = bindparam("run_id", type_=Uuid)


def _insert(given: FromClause) -> Query:
    columns = [POINTS.c.experiment_id, POINTS.c.key, POINTS.c.step]
    others = [POINTS.c.value, POINTS.c.recorded_at]
    rows = select(_RUN, given.c.key, given.c.step, given.c.value, given.c.recorded_at)
    rows = rows.where(given.c.key.is_not(None)).order_by(given.c.key, given.c.step)
    new = upsert(POINTS).from_select([*columns, *others], rows)
    return Query(
        new.on_conflict_do_nothing(index_elements=columns).returning(POINTS.c.key, POINTS.c.step)
    )


def _existing(given: FromClause) -> Query:
    """Select the points that were logged with the given steps and times."""
    shown = (POINTS.c.key, POINTS.c.recorded_at, POINTS.c.value, func.coalesce(MOVED.c.sign, 0))
    same = (
        (MOVED.c.run_id == POINTS.c.experiment_id)
        & (MOVED.c.key == POINTS.c.key)
        & (MOVED.c.step == POINTS.c.step)
    )
    in_place = (
        select(POINTS.c.step, *shown)
        .join(given, (POINTS.c.key == given.c.key) & (POINTS.c.step == given.c.step))
        .outerjoin(MOVED, same)
        .where(POINTS.c.experiment_id == _RUN, MOVED.c.logged_step.is_(None))
    )
    logged = (
        (MOVED.c.key == given.c.key)
        & (MOVED.c.logged_step == given.c.step)
        & (MOVED.c.logged_at == given.c.recorded_at)
    )
    moved = (
        select(MOVED.c.logged_step, *shown)
        .select_from(MOVED)
        .join(given, logged)
        .join(POINTS, same)
        .where(MOVED.c.run_id == _RUN)
    )
    return Query(union_all(in_place, moved))


def _ends(given: FromClause) -> Query:
    last = select(func.max(POINTS.c.step)).where(
        POINTS.c.experiment_id == _RUN, POINTS.c.key == given.c.key
    )
    keys = select(given.c.key, last.scalar_subquery()).distinct()
    return Query(keys)


INSERT = {dialect: _insert(given) for dialect, given in GIVEN.items()}
EXISTING = {dialect: _existing(given) for dialect, given in GIVEN.items()}
ENDS = {dialect: _ends(given) for dialect, given in GIVEN.items()}
