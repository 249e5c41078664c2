"""Writes points of curves as MLflow's client logs them: several may have one step.

The run is locked meanwhile, so that no two requests give their points the same step.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite, isnan
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.ml_metric import LAST_STEP
from src.models.mlflow_tracking import MlflowPoint
from src.schemas.ml_metric import MlMetricCreate
from src.schemas.mlflow_tracking import Metric
from src.services.mlflow_ids import time_of
from src.services.mlflow_point_queries import ENDS, EXISTING, INSERT

FULL = "The curve of this metric is full: it has a point at the last step."

type Place = tuple[str, int]
"""A key, and a step of its curve."""

_JSON = TypeAdapter(list[MlMetricCreate])


class Point(NamedTuple):
    """A point as the client has logged it."""

    key: str
    step: int
    logged_at: datetime
    value: float | None
    sign: int
    """Of an infinite value, 1 or -1."""


def point_of(metric: Metric) -> Point:
    value, time = metric.value, time_of(metric.timestamp)
    if isfinite(value):
        return Point(metric.key, metric.step, time, value, 0)
    return Point(metric.key, metric.step, time, None, 0 if isnan(value) else int(value > 0) * 2 - 1)


async def write_points(session: AsyncSession, run_id: UUID, points: Sequence[Point]) -> None:
    """Add points to the curves of a run that is locked. A point that is there adds nothing."""
    places = {(point.key, point.step): point for point in reversed(points)}
    inserted = await _insert_into(session, run_id, places)
    await _remember(session, run_id, {place: places[place] for place in inserted})
    others = [
        point
        for point in points
        if (place := (point.key, point.step)) not in inserted or places[place] is not point
    ]
    if others:
        await _append(session, run_id, others)


async def _append(session: AsyncSession, run_id: UUID, points: Sequence[Point]) -> None:
    """Add points whose steps are taken behind the ends of their curves."""
    values = {"run_id": run_id, "points": _text(points)}
    dialect = session.get_bind().dialect.name
    rows = await EXISTING[dialect].rows(session, **values)
    known = {Point(key, step, time, value, sign) for step, key, time, value, sign in rows}
    ends: dict[str, int] = {key: end for key, end in await ENDS[dialect].rows(session, **values)}
    places: dict[Place, Point] = {}
    for point in dict.fromkeys(points):
        if point not in known:
            ends[point.key] += 1
            places[point.key, ends[point.key]] = point
    if any(step > LAST_STEP for _, step in places):
        raise InvalidError(FULL)
    await _insert_into(session, run_id, places)
    await _remember(session, run_id, places)


async def _insert_into(
    session: AsyncSession, run_id: UUID, places: Mapping[Place, Point]
) -> set[Place]:
    """Insert points at places of their curves, and return those that were free."""
    moved = [point._replace(step=step) for (_, step), point in places.items()]
    query = INSERT[session.get_bind().dialect.name]
    rows = await query.rows(session, run_id=run_id, points=_text(moved))
    return {(key, step) for key, step in rows}


async def _remember(session: AsyncSession, run_id: UUID, places: Mapping[Place, Point]) -> None:
    """Keep what a curve does not have: another step, and the sign of what is infinite."""
    rows = [
        MlflowPoint(
            run_id=run_id,
            key=point.key,
            step=step,
            logged_step=None if point.step == step else point.step,
            logged_at=point.logged_at,
            sign=point.sign,
        ).model_dump()
        for (_, step), point in places.items()
        if point.step != step or point.sign
    ]
    if rows:
        await (await session.connection()).execute(insert(MlflowPoint), rows)


def _text(points: Sequence[Point]) -> str:
    """Return points as one text: to bind 1,000 of them would take longer than all else."""
    given: list[MlMetricCreate] = [
        {"key": each.key, "step": each.step, "value": each.value, "recorded_at": each.logged_at}
        for each in points
    ]
    return _JSON.dump_json(given).decode()
