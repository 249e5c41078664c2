"""Queries on the points of metrics, each built once.

They take ``experiment_id`` and ``owner_id``, and find nothing in another user's experiment.
"""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    bindparam,
    func,
    select,
    tuple_,
    union,
)

from src.core.queries import Query
from src.models.base import table_of
from src.models.experiment import Experiment
from src.models.ml_metric import MlMetric
from src.services.ml_metric_inserts import GIVEN, SHOWN, merged

_EXPERIMENTS = table_of(Experiment).c
_POINTS = table_of(MlMetric).c
_NAMED = _EXPERIMENTS.id == bindparam("experiment_id")
_OWNED = _EXPERIMENTS.owner_id == bindparam("owner_id")
_OWN = select(_EXPERIMENTS.id).where(_NAMED, _OWNED).scalar_subquery()
_IN_OWN = _POINTS.experiment_id == _OWN
_IN_CURVE = _IN_OWN & (_POINTS.key == bindparam("key"))
_IS_KNOWN = _POINTS.value.is_not(None)


INSERT = {dialect: merged(each, _OWN) for dialect, each in GIVEN.items()}


_ORDER = (_POINTS.key, _POINTS.step)
_AFTER = tuple_(bindparam("after_key", type_=Text), bindparam("after_step", type_=BigInteger))


def _page(*within: ColumnElement[bool]) -> Query:
    steps = _POINTS.step.between(bindparam("min_step"), bindparam("max_step"))
    rows = select(*SHOWN).where(*within, steps).order_by(*_ORDER)
    return Query(rows.limit(bindparam("limit")))


PAGE = _page(_IN_OWN, tuple_(*_ORDER) > _AFTER)
PAGE_OF_CURVE = _page(_IN_CURVE)
"""Starts at a step: for "after this key and step", no database would use the index."""

EXTENT = Query(
    select(
        func.count(_POINTS.value),
        func.count() - func.count(_POINTS.value),
        func.min(_POINTS.step).filter(_IS_KNOWN),
        func.max(_POINTS.step).filter(_IS_KNOWN),
    )
    .where(_IN_CURVE)
    .group_by(_POINTS.key)
)
"""The number of points with and without a value, and the first and last step with one."""

_CURVE = select(_POINTS.step, _POINTS.value).where(_IN_CURVE, _IS_KNOWN).order_by(_POINTS.step)
CURVE = Query(_CURVE)


def _outline() -> Query:
    """Select the lowest and the highest point of every ``width`` steps, and both ends.

    The points are found by the primary key: window functions would sort all of them twice.
    """
    first, last = bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger)
    width = bindparam("width", type_=BigInteger)
    starts = select(first.label("step")).cte("starts", recursive=True)
    starts = starts.union_all(select(starts.c.step + width).where(starts.c.step + width <= last))
    within = (_POINTS.step >= starts.c.step, _POINTS.step < starts.c.step + width)
    points = select(_POINTS.step).where(_IN_CURVE, _IS_KNOWN, *within).limit(1).correlate(starts)
    lowest = points.order_by(_POINTS.value, _POINTS.step)
    highest = points.order_by(_POINTS.value.desc(), _POINTS.step)
    extremes = [select(each.scalar_subquery()).select_from(starts) for each in (lowest, highest)]
    return Query(_CURVE.where(_POINTS.step.in_(union(*extremes, select(first), select(last)))))


OUTLINE = _outline()


def _summaries() -> Query:
    """Select by key: the count, then step and value of the last, the lowest and the highest."""
    key, step, value = _POINTS.key, _POINTS.step, _POINTS.value
    all_keys = select(
        key,
        func.count().label("count"),
        func.max(step).label("last"),
        func.min(value).label("low"),
        func.max(value).label("high"),
    )
    own_keys = all_keys.where(_IN_OWN, _IS_KNOWN).group_by(key).order_by(key)
    keys = own_keys.limit(bindparam("limit")).cte("keys")
    its = (_IN_OWN, key == keys.c.key)
    last = select(value).where(*its, step == keys.c.last).scalar_subquery()
    low = select(func.min(step)).where(*its, value == keys.c.low).scalar_subquery()
    high = select(func.min(step)).where(*its, value == keys.c.high).scalar_subquery()
    shown = (keys.c.last, last, low, keys.c.low, high, keys.c.high)
    return Query(select(keys.c.key, keys.c.count, *shown).order_by(keys.c.key))


SUMMARIES = _summaries()
