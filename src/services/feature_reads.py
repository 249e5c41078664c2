"""Queries that read values of features, each built once.

They take ``view``, ``owner`` and ``given``, a JSON text, and find nothing in another user's view.
The first row has the features of the view, and each one its version and its time to live.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    select,
    true,
)

from src.core.queries import Query
from src.models.base import table_of
from src.models.feature_view import FeatureView
from src.services.feature_writes import IS_VIEW, LATEST, VALUES, VIEW, stored

_OF_VIEWS = table_of(FeatureView)
_VIEWS, _VALUES = _OF_VIEWS.c, VALUES.c
_GIVEN = bindparam("given", type_=Text)


def _given_to_postgresql() -> FromClause:
    value, place = column("value", JSON), column("place", Integer)
    items = func.json_array_elements(cast(_GIVEN, JSON))
    rows = items.table_valued(value, with_ordinality=place.name).render_derived()
    entity, at = (rows.c.value.op("->>")(each) for each in ("entity", "at"))
    columns = (rows.c.place, entity.label("entity"), cast(at, _VALUES.event_at.type).label("at"))
    return select(*columns).subquery("given")


def _given_to_sqlite() -> FromClause:
    rows = func.json_each(_GIVEN).table_valued("key", "value")
    entity, at = (rows.c.value.op("->>")(each) for each in ("entity", "at"))
    columns = ((rows.c.key + 1).label("place"), entity.label("entity"), stored(at).label("at"))
    return select(*columns).subquery("given")


GIVEN = {"postgresql": _given_to_postgresql(), "sqlite": _given_to_sqlite()}
"""The entities of the JSON text ``given``, perhaps with times, as rows."""
_ENTITIES = TypeAdapter(list[dict[str, str]])


def given_of(entities: Sequence[str]) -> str:
    return _ENTITIES.dump_json([{"entity": each} for each in entities]).decode()


def _shown(given: FromClause, *more: ColumnElement[Any]) -> Select[Any]:
    """Select a row for each given one, if the view exists."""
    features = case((given.c.place == 1, _VIEWS.features)).label("features")  # once is enough
    shown = (given.c.place, features, _VIEWS.version, _VIEWS.ttl_seconds, given.c.entity)
    rows = select(*shown, *more).select_from(_OF_VIEWS.join(given, true()))
    return rows.where(IS_VIEW)


def _answer(rows: Subquery | CTE, joined: FromClause, found: FromClause) -> Query:
    first = (rows.c[name] for name in ("features", "version", "ttl_seconds", "entity"))
    shown = select(*first, found.c.event_at, found.c["values"])
    return Query(shown.select_from(joined).order_by(rows.c.place))


def _in_postgresql(table: Table, *, as_of: bool) -> Query:
    given = GIVEN["postgresql"]
    rows = _shown(given, given.c.at).subquery("shown")
    its = (table.c.view_id == VIEW, table.c.entity == rows.c.entity)
    before = (table.c.event_at <= rows.c.at,) if as_of else ()
    last = select(table.c.event_at, table.c["values"]).where(*its, *before)
    # Row by row, in the primary key: PostgreSQL would read the whole view for a join.
    found = last.order_by(table.c.event_at.desc()).limit(1).lateral("found")
    return _answer(rows, rows.outerjoin(found, true()), found)


def _in_sqlite(table: Table, *, as_of: bool) -> Query:
    given = GIVEN["sqlite"]
    its = (table.c.view_id == VIEW, table.c.entity == given.c.entity)
    before = (table.c.event_at <= given.c.at,) if as_of else ()
    last = select(func.max(table.c.event_at)).where(*its, *before).correlate(given)
    # Found before the join, which can then use the primary key. SQLite has no LATERAL.
    rows = _shown(given, last.scalar_subquery().label("last")).cte("shown")
    rows = rows.prefix_with("MATERIALIZED")
    found = and_(
        table.c.view_id == VIEW,
        table.c.entity == rows.c.entity,
        table.c.event_at == rows.c.last,
    )
    return _answer(rows, rows.outerjoin(table, found), table)


ONLINE = {
    "postgresql": _in_postgresql(LATEST, as_of=False),
    "sqlite": _in_sqlite(LATEST, as_of=False),
}
"""Finds the latest values of entities."""
HISTORICAL = {
    "postgresql": _in_postgresql(VALUES, as_of=True),
    "sqlite": _in_sqlite(VALUES, as_of=True),
}
"""Finds the values of entities as of a time: the latest ones that are not after it."""
