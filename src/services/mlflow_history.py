"""Whole curves, as MLflow's client has logged them."""

from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.models.experiment import Experiment
from src.models.ml_metric import FIRST_STEP, LAST_STEP
from src.schemas.mlflow_tracking import HISTORY as MOST
from src.schemas.mlflow_tracking import GetHistories, GetHistory, HistoryAnswer, MetricAnswer
from src.services.mlflow_curves import (
    MOVED,
    joined_points,
    logged_order,
    logged_step,
    shown_columns,
)
from src.services.mlflow_errors import NoRunError
from src.services.mlflow_ids import uuid_of
from src.services.mlflow_run_rows import metric_answer

_run = bindparam("run_id", type_=Uuid)
_key = bindparam("key", type_=Text)
HAS_MOVED = Query(
    select(MOVED.c.step)
    .where(MOVED.c.run_id == _run, MOVED.c.key == _key, MOVED.c.logged_step.is_not(None))
    .limit(1)
)


def _history(*, in_order_of_the_curve: bool) -> Query:
    points, moved, joined = joined_points()
    step = logged_step(points, moved)
    order = [points.c.step] if in_order_of_the_curve else logged_order(points, moved)
    least, most = (bindparam(name, type_=BigInteger) for name in ("least", "most"))
    return Query(
        select(*shown_columns(points, moved))
        .select_from(joined)
        .where(points.c.experiment_id == _run, points.c.key == _key, step.between(least, most))
        .order_by(*order)
        .limit(bindparam("limit", type_=BigInteger))
        .offset(bindparam("skip", type_=BigInteger))
    )


HISTORY = {
    False: _history(in_order_of_the_curve=True),
    True: _history(in_order_of_the_curve=False),
}
"""By whether points of the curve have another step than was logged."""


class HistoryService:
    """Reads the curves of one owner's runs."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def get(self, data: GetHistory) -> HistoryAnswer:
        run_id = await self._own(data.run_id)
        skip, limit = int(data.page_token or 0), min(data.max_results, MOST)
        points = await self._points(run_id, data.metric_key, limit=limit + 1, skip=skip)
        following = str(skip + limit) if len(points) > limit else None
        return HistoryAnswer.model_construct(metrics=points[:limit], next_page_token=following)

    async def get_several(self, data: GetHistories) -> HistoryAnswer:
        """Return the points of several runs between two steps, evenly spread if they are many."""
        runs = [await self._own(each) for each in dict.fromkeys(data.run_ids)]
        share = min(data.max_results, MOST) // len(runs) or 1
        least = FIRST_STEP if data.start_step is None else data.start_step
        most = LAST_STEP if data.end_step is None else data.end_step
        found: list[MetricAnswer] = []
        for run_id in runs:
            key = data.metric_key
            points = await self._points(run_id, key, limit=MOST, least=least, most=most)
            for point in thinned(points, share):
                point.run_id = run_id.hex
                found.append(point)
        return HistoryAnswer.model_construct(metrics=found)

    async def _own(self, run_id: str) -> UUID:
        wanted = uuid_of(run_id, NoRunError)
        own = select(col(Experiment.id)).where(
            col(Experiment.id) == wanted, col(Experiment.owner_id) == self._owner_id
        )
        found = await (await self._session.connection()).execute(own)
        if found.one_or_none() is None:
            raise NoRunError
        return wanted

    async def _points(
        self,
        run_id: UUID,
        key: str,
        *,
        limit: int,
        skip: int = 0,
        least: int = FIRST_STEP,
        most: int = LAST_STEP,
    ) -> list[MetricAnswer]:
        has_moved = bool(await HAS_MOVED.rows(self._session, run_id=run_id, key=key))
        within = {"least": least, "most": most, "limit": limit, "skip": skip}
        rows = await HISTORY[has_moved].rows(self._session, run_id=run_id, key=key, **within)
        return [metric_answer(*row) for row in rows]


def thinned[Item](points: list[Item], most: int) -> list[Item]:
    """Return so many of the points, evenly spread, with the first and the last."""
    if len(points) <= most:
        return points
    last = len(points) - 1
    return [points[number * last // max(most - 1, 1)] for number in range(most)]
