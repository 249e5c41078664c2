from datetime import datetime
from itertools import batched
from uuid import UUID

from pydantic import MISSING, TypeAdapter
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.failures import translated
from src.core.queries import Query, Row
from src.models.base import table_of, utc_now
from src.models.ml_metric import FIRST_STEP, MlMetric, MlMetricKey, MlMetricStep
from src.schemas.ml_metric import (
    MlMetricBatch,
    MlMetricCreate,
    MlMetricPoint,
    MlMetricQuery,
    MlMetricReceipt,
    MlMetricResponse,
    MlMetricSeries,
    MlMetricSeriesQuery,
    MlMetricSummaries,
    MlMetricSummary,
)
from src.schemas.page import Page
from src.services.experiment import ExperimentService
from src.services.keyset import read_cursor, write_cursor
from src.services.ml_metric_queries import (
    CURVE,
    EXTENT,
    INSERT,
    OUTLINE,
    PAGE,
    PAGE_OF_CURVE,
    SUMMARIES,
)

KEYS = 1000
"""The most keys that are summarised at once."""

_TABLE = table_of(MlMetric)
_POINTS = TypeAdapter(list[MlMetricCreate])
_CURSOR = TypeAdapter(tuple[MlMetricKey, MlMetricStep])
_BEFORE_ALL = ("", FIRST_STEP - 1)


class MlMetricService:
    """The points of one owner's experiments.

    An empty result raises `NotFoundError` if the experiment does not exist.
    """

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def record(self, experiment_id: UUID, batch: MlMetricBatch) -> MlMetricReceipt:
        """Insert points. A new value replaces the old one; the same value changes nothing."""
        insert = INSERT[self._session.get_bind().dialect.name]
        points = _POINTS.dump_json(batch.points).decode()
        values = self._scope(experiment_id) | {"points": points, "now": utc_now()}
        with translated(_TABLE):
            result = await self._session.exec(
                insert, params=values, execution_options={"preserve_rowcount": True}
            )
        if not result.rowcount:
            await self._check(experiment_id)
        return MlMetricReceipt(received=len(batch.points), changed=result.rowcount)

    async def find(self, experiment_id: UUID, query: MlMetricQuery) -> Page[MlMetricResponse]:
        key, step = _BEFORE_ALL if query.cursor is MISSING else read_cursor(_CURSOR, query.cursor)
        # One row more than is shown tells whether there is a next page.
        within = {"max_step": query.max_step, "limit": query.limit + 1}
        if query.key is MISSING:
            within |= {"min_step": query.min_step, "after_step": step}
            rows = await self._rows(PAGE, experiment_id, after_key=key, **within)
        else:
            within["min_step"] = max(query.min_step, step + 1)
            rows = await self._rows(PAGE_OF_CURVE, experiment_id, key=query.key, **within)
        items = [_response(*row) for row in rows[: query.limit]]
        following = None
        if len(rows) > query.limit:
            following = write_cursor(_CURSOR, (items[-1].key, items[-1].step))
        return Page(items=items, next_cursor=following, total=None)

    async def series(self, experiment_id: UUID, query: MlMetricSeriesQuery) -> MlMetricSeries:
        extent = await self._rows(EXTENT, experiment_id, key=query.key)
        count, nulls, first, last = extent[0] if extent else (0, 0, 0, 0)
        if count > query.points:
            # Each stretch shows up to two points, in addition to both ends of the curve.
            width = (last - first) // ((query.points - 2) // 2) + 1
            ends = {"first": first, "last": last, "width": width}
            rows = await self._rows(OUTLINE, experiment_id, key=query.key, **ends)
        else:
            rows = await self._rows(CURVE, experiment_id, key=query.key) if count else []
        return MlMetricSeries(
            steps=[step for step, _ in rows],
            values=[value for _, value in rows],
            count=count,
            nulls=nulls,
        )

    async def summarise(self, experiment_id: UUID) -> MlMetricSummaries:
        rows = await self._rows(SUMMARIES, experiment_id, limit=KEYS + 1)
        items = [_summary(*row) for row in rows[:KEYS]]
        return MlMetricSummaries(items=items, truncated=len(rows) > KEYS)

    async def _rows(self, query: Query, experiment_id: UUID, **values: object) -> list[Row]:
        rows = await query.rows(self._session, **self._scope(experiment_id), **values)
        if not rows:
            await self._check(experiment_id)
        return rows

    def _scope(self, experiment_id: UUID) -> dict[str, object]:
        return {"experiment_id": experiment_id, "owner_id": self._owner_id}

    async def _check(self, experiment_id: UUID) -> None:
        """Raise `NotFoundError` if the experiment does not exist or is another user's."""
        await ExperimentService(self._session, self._owner_id).get(experiment_id)


def _response(key: str, step: int, value: float | None, recorded_at: datetime) -> MlMetricResponse:
    return MlMetricResponse.model_construct(
        key=key, step=step, value=value, recorded_at=recorded_at
    )


def _summary(key: str, count: int, *points: float) -> MlMetricSummary:
    last, low, high = (
        MlMetricPoint(step=int(step), value=value) for step, value in batched(points, 2)
    )
    return MlMetricSummary(key=key, count=count, last=last, min=low, max=high)
