"""The history of entities, for joins outside of the database."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, or_, select, true, tuple_
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError
from src.core.queries import Query, Row
from src.models.feature_view import FeatureView
from src.schemas.version_features import VersionView, ViewColumns
from src.services.feature_reads import GIVEN, given_of
from src.services.feature_writes import IS_VIEW, VALUES
from src.services.version_features import SKEW

PAGE = 10_000
"""Most rows of a query."""

_FORM = Query(
    select(col(FeatureView.version), col(FeatureView.ttl_seconds), col(FeatureView.features)).where(
        IS_VIEW
    )
)
_TIME = VALUES.c.event_at.type
_AFTER_ENTITY, _AFTER_TIME = (
    bindparam("after_entity", type_=Text),
    bindparam("after_time", type_=_TIME),
)
_BEFORE_ALL = ("", datetime.min.replace(tzinfo=UTC))
_SHOWN = (VALUES.c.entity, VALUES.c.event_at, cast(VALUES.c["values"], Text).label("values"))
_ROWS = (
    select(*_SHOWN)
    .where(VALUES.c.view_id == select(col(FeatureView.id)).where(IS_VIEW).scalar_subquery())
    .limit(PAGE)
)


def _in_postgresql() -> Query:
    given = GIVEN["postgresql"]
    keys = select(given.c.entity).where(given.c.entity >= _AFTER_ENTITY)
    entities = keys.order_by(given.c.entity).offset(0).subquery("entities")
    is_after = or_(entities.c.entity > _AFTER_ENTITY, VALUES.c.event_at > _AFTER_TIME)
    # Entity by entity, in the primary key: PostgreSQL would read the whole view for a join.
    its = _ROWS.where(VALUES.c.entity == entities.c.entity, is_after)
    found = its.order_by(VALUES.c.event_at).lateral("found")
    rows = select(found).select_from(entities.join(found, true()))
    return Query(rows.order_by(entities.c.entity, found.c.event_at).limit(PAGE))


def _in_sqlite() -> Query:
    key = (VALUES.c.entity, VALUES.c.event_at)
    own = VALUES.c.entity.in_(select(GIVEN["sqlite"].c.entity))
    after = tuple_(*key) > tuple_(_AFTER_ENTITY, _AFTER_TIME)
    return Query(_ROWS.where(own, after).order_by(*key))


_PAGES = {"postgresql": _in_postgresql(), "sqlite": _in_sqlite()}


class FeatureHistory:
    """The history of one owner's views, in a session that writes or reads."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def columns(self, view: VersionView) -> ViewColumns:
        """Return the columns of a view. Raises `ConflictError` if it has changed since."""
        view_id = view.feature_view_id
        rows = await _FORM.rows(self._session, view=view_id, owner=self._owner_id)
        if not rows or rows[0][0] != view.view_version:
            raise ConflictError(SKEW)
        _, ttl, types = rows[0]
        chosen = {name: types[name] for name in view.features}
        return ViewColumns(feature_view_id=view_id, ttl_seconds=ttl, types=chosen)

    async def pages(self, view_id: UUID, entities: Sequence[str]) -> AsyncIterator[list[Row]]:
        """Yield the rows of some entities: entity, time, and the values as JSON."""
        query = _PAGES[self._session.get_bind().dialect.name]
        scope = {"view": view_id, "owner": self._owner_id, "given": given_of(entities)}
        after: tuple[str, datetime] | None = _BEFORE_ALL
        while after is not None:
            entity, time = after
            rows = await query.rows(self._session, **scope, after_entity=entity, after_time=time)
            yield rows
            after = (rows[-1][0], rows[-1][1]) if len(rows) == PAGE else None
