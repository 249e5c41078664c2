"""Statements that write values of features, each built once."""

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Insert,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
)

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import table_of
from src.models.feature_value import FeatureLatest, FeatureValue
from src.models.feature_view import FeatureView

_VIEWS = table_of(FeatureView).c
VALUES = table_of(FeatureValue)
LATEST = table_of(FeatureLatest)
_VALUES, _LATEST = VALUES.c, LATEST.c
VIEW = bindparam("view", type_=Uuid)
IS_VIEW = (_VIEWS.id == VIEW) & (_VIEWS.owner_id == bindparam("owner"))
"""True of the view, unless it is another user's."""

HELD = Query(select(_VIEWS.version, _VIEWS.features).where(IS_VIEW).with_for_update(read=True))
"""The version and the features of a view, which stay the same until the transaction ends."""

# All rows as one JSON text: binding 10,000 of them would take longer than everything else.
_TEXT = bindparam("rows", type_=Text)


def _values_to_postgresql() -> FromClause:
    columns = (column(name, _VALUES[name].type) for name in ("entity", "event_at", "values"))
    records = func.json_to_recordset(cast(_TEXT, JSON)).table_valued(*columns)
    return records.render_derived(with_types=True)


def _values_to_sqlite() -> FromClause:
    row = func.json_each(_TEXT).table_valued("value").c.value
    entity, time, values = (row.op("->>")(each) for each in ("entity", "event_at", "values"))
    columns = (entity.label("entity"), stored(time).label("event_at"), values.label("values"))
    return select(*columns).subquery()


def stored(time: ColumnElement[str]) -> ColumnElement[str]:
    """Return a time as SQLAlchemy stores it in SQLite; in JSON it may lack the fraction."""
    return func.substr(func.replace(func.rtrim(time, "Z"), "T", " ") + ".000000", 1, 26)


_GIVEN = {"postgresql": _values_to_postgresql(), "sqlite": _values_to_sqlite()}


def _append(given: FromClause) -> Insert:
    now = bindparam("now", type_=_VALUES.created_at.type)
    row = (given.c.entity, given.c.event_at, given.c["values"])
    # Sorted, so that two batches with rows in common cannot deadlock. SQLite needs the condition.
    rows = select(VIEW, *row, now).where(true()).order_by(given.c.entity, given.c.event_at)
    names = ["view_id", "entity", "event_at", "values", "created_at"]
    return upsert(VALUES).from_select(names, rows).on_conflict_do_nothing()


def _move(given: FromClause) -> Insert:
    newest = func.row_number().over(partition_by=given.c.entity, order_by=given.c.event_at.desc())
    row = (given.c.entity, given.c.event_at, given.c["values"])
    ranked = select(*row, newest.label("place")).subquery()
    c = ranked.c
    rows = select(VIEW, c.entity, c.event_at, c["values"]).where(c.place == 1).order_by(c.entity)
    new = upsert(LATEST).from_select(["view_id", "entity", "event_at", "values"], rows)
    return new.on_conflict_do_update(
        index_elements=["view_id", "entity"],
        set_={"event_at": new.excluded.event_at, "values": new.excluded["values"]},
        where=_LATEST.event_at < new.excluded.event_at,
    )


def _differing(given: FromClause) -> Query:
    same_key = (
        _VALUES.view_id == VIEW,
        _VALUES.entity == given.c.entity,
        _VALUES.event_at == given.c.event_at,
    )
    # Not a join, for which SQLite would read all given rows again and again.
    stored_values = select(cast(_VALUES["values"], Text)).where(*same_key).scalar_subquery()
    other = stored_values != cast(given.c["values"], Text)
    return Query(select(given.c.entity).where(other).limit(1))


APPEND = {dialect: _append(given) for dialect, given in _GIVEN.items()}
"""Stores rows that are new, and leaves those with the same key as they are."""
MOVE = {dialect: _move(given) for dialect, given in _GIVEN.items()}
"""Makes rows the latest ones of their entities, if they are."""
DIFFERING = {dialect: _differing(given) for dialect, given in _GIVEN.items()}
"""Finds a given row that is stored with other values."""
