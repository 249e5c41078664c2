from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Insert
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, InvalidError
from src.core.failures import translated
from src.core.queries import Query, Row
from src.models.base import utc_now
from src.schemas.feature_value import (
    CELLS,
    FeatureRow,
    FeatureRows,
    FeatureValueBatch,
    FeatureValueCreate,
    FeatureValueReceipt,
    Moment,
)
from src.services.feature_forms import OTHER_FEATURES, Values, in_form
from src.services.feature_reads import HISTORICAL, ONLINE, given_of
from src.services.feature_view import FeatureViewService
from src.services.feature_writes import APPEND, DIFFERING, HELD, MOVE, VALUES

AHEAD = timedelta(minutes=1)
"""How far the clock of a client may be ahead."""
TOO_LATE = "must not be in the future: until then, it would hide all that is known by now"
APPEND_ONLY = "An entity already has other values of that time, and stored values never change."
TOO_MANY = f"The answer may have at most {CELLS} values: ask for fewer rows."

_GIVEN = TypeAdapter(list[FeatureValueCreate])
_MOMENTS = TypeAdapter(list[Moment])


class FeatureValueService:
    """The values of one owner's views, in a session that writes or reads."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def append(self, view_id: UUID, batch: FeatureValueBatch) -> FeatureValueReceipt:
        """Store rows, and let the newest of each entity be its latest one.

        Raises `InvalidError` if they are not of the view's form, and `ConflictError` if a row would
        change one that is stored.
        """
        held = await HELD.rows(self._session, **self._scope(view_id))
        if not held:
            await self._check(view_id)
        _check_times(batch.rows)
        formed = in_form(held[0][1], [each["values"] for each in batch.rows])
        for row, values in zip(batch.rows, formed, strict=True):
            row["values"] = values
        return await self._store(view_id, _GIVEN.dump_json(batch.rows).decode(), len(batch.rows))

    async def online(self, view_id: UUID, entities: Sequence[str]) -> FeatureRows:
        """Return the latest values of entities, in their order."""
        rows = await self._read(ONLINE, view_id, given_of(entities))
        now = utc_now()
        return _answer([_Found(*row) for row in rows], [now] * len(rows))

    async def historical(self, view_id: UUID, moments: Sequence[Moment]) -> FeatureRows:
        """Return the values of entities as of their times, in their order."""
        given = _MOMENTS.dump_json([*moments]).decode()
        rows = await self._read(HISTORICAL, view_id, given)
        return _answer([_Found(*row) for row in rows], [each["at"] for each in moments])

    async def _store(self, view_id: UUID, rows: str, count: int) -> FeatureValueReceipt:
        dialect = self._session.get_bind().dialect.name
        given = {"view": view_id, "rows": rows}
        stored = await self._run(APPEND[dialect], **given, now=utc_now())
        if stored < count and await DIFFERING[dialect].rows(self._session, **given):
            raise ConflictError(APPEND_ONLY)
        moved = await self._run(MOVE[dialect], **given)
        return FeatureValueReceipt(received=count, stored=stored, moved=moved)

    async def _run(self, statement: Insert, **values: object) -> int:
        options = {"preserve_rowcount": True}
        with translated(VALUES):
            done = await self._session.exec(statement, params=values, execution_options=options)
        return done.rowcount

    async def _read(self, queries: Mapping[str, Query], view_id: UUID, given: str) -> list[Row]:
        query = queries[self._session.get_bind().dialect.name]
        rows = await query.rows(self._session, **self._scope(view_id), given=given)
        if not rows:
            await self._check(view_id)
        if len(rows) * len(rows[0][0]) > CELLS:
            raise InvalidError(TOO_MANY)
        return rows

    def _scope(self, view_id: UUID) -> dict[str, object]:
        return {"view": view_id, "owner": self._owner_id}

    async def _check(self, view_id: UUID) -> None:
        """Raise `NotFoundError` if the view does not exist or is another user's."""
        await FeatureViewService(self._session, self._owner_id).get(view_id)


class _Found(NamedTuple):
    features: dict[str, str]
    """Of the first row; null in the others."""
    view_version: int
    ttl_seconds: int | None
    entity: str
    event_at: datetime | None
    values: Values | None


def _check_times(rows: Sequence[FeatureValueCreate]) -> None:
    last = utc_now() + AHEAD
    for number, row in enumerate(rows):
        if row["event_at"] > last:
            raise InvalidError(OTHER_FEATURES, errors={f"body.rows.{number}.event_at": [TOO_LATE]})


def _answer(found: Sequence[_Found], times: Sequence[datetime]) -> FeatureRows:
    none = dict.fromkeys(sorted(found[0].features))
    rows = [_row(each, none, at) for each, at in zip(found, times, strict=True)]
    return FeatureRows.model_construct(view_version=found[0].view_version, rows=rows)


def _row(found: _Found, none: Values, at: datetime) -> FeatureRow:
    """Return the values of a row, with nulls for features that its view has got since."""
    values, event_at = found.values, found.event_at
    if values is None or event_at is None or _is_old(event_at, found.ttl_seconds, at):
        return {"entity": found.entity, "event_at": None, "values": none}
    return {"entity": found.entity, "event_at": event_at, "values": none | values}


def _is_old(event_at: datetime, ttl_seconds: int | None, at: datetime) -> bool:
    return ttl_seconds is not None and at - event_at > timedelta(seconds=ttl_seconds)
