"""Queries on the points of metrics, each built once.

They take ``experiment_id`` and ``owner_id``, and find nothing in another user's experiment.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Insert,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
    tuple_,
    union,
)

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.experiment import Experiment
from src.models.ml_metric import MlMetric

_EXPERIMENTS = Experiment.metadata.tables["experiments"].c
_TABLE = MlMetric.metadata.tables["ml_metrics"]
_POINTS = _TABLE.c
_GIVEN = (_POINTS.key, _POINTS.step, _POINTS.value, _POINTS.recorded_at)
_NAMED = _EXPERIMENTS.id == bindparam("experiment_id")
_OWNED = _EXPERIMENTS.owner_id == bindparam("owner_id")
_OWN = select(_EXPERIMENTS.id).where(_NAMED, _OWNED).scalar_subquery()
_IN_OWN = _POINTS.experiment_id == _OWN
_IN_CURVE = _IN_OWN & (_POINTS.key == bindparam("key"))
_IS_KNOWN = _POINTS.value.is_not(None)


def _insert(given: FromClause) -> Insert:
    now = bindparam("now", type_=_POINTS.recorded_at.type)
    time = func.coalesce(given.c.recorded_at, now)
    # Sorted, so that two batches with points in common cannot deadlock.
    rows = (
        select(_OWN, given.c.key, given.c.step, given.c.value, time)
        .where(_OWN.is_not(None))
        .order_by(given.c.key, given.c.step)
    )
    new = upsert(_TABLE).from_select([_POINTS.experiment_id, *_GIVEN], rows)
    return new.on_conflict_do_update(
        index_elements=[_POINTS.experiment_id, _POINTS.key, _POINTS.step],
        set_={"value": new.excluded.value, "recorded_at": new.excluded.recorded_at},
        where=_POINTS.value.is_distinct_from(new.excluded.value),
    )


# All points as one JSON text: binding 10,000 of them would take longer than everything else.
_TEXT = bindparam("points", type_=Text)


def _given_to_postgresql() -> FromClause:
    columns = (column(each.key, each.type) for each in _GIVEN)
    records = func.json_to_recordset(cast(_TEXT, JSON)).table_valued(*columns)
    return records.render_derived(with_types=True)


def _given_to_sqlite() -> FromClause:
    point = func.json_each(_TEXT).table_valued("value").c.value
    key, step, value, time = (point.op("->>")(each.key) for each in _GIVEN)
    # The format in which SQLAlchemy stores times there. 2026-11-21T08:00:00Z lacks the fraction.
    stored = func.substr(func.replace(func.rtrim(time, "Z"), "T", " ") + ".000000", 1, 26)
    columns = zip((key, step, value, stored), _GIVEN, strict=True)
    return select(*(each.label(like.key) for each, like in columns)).subquery()


INSERT = {"postgresql": _insert(_given_to_postgresql()), "sqlite": _insert(_given_to_sqlite())}


_ORDER = (_POINTS.key, _POINTS.step)
_AFTER = tuple_(bindparam("after_key", type_=Text), bindparam("after_step", type_=BigInteger))


def _page(*within: ColumnElement[bool]) -> Query:
    steps = _POINTS.step.between(bindparam("min_step"), bindparam("max_step"))
    rows = select(*_GIVEN).where(*within, steps).order_by(*_ORDER)
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
