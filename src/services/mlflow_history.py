"""Whole curves, as MLflow's client has logged them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, BindParameter, Select, Text, Uuid, bindparam, func, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.models.experiment import Experiment
from src.models.ml_metric import FIRST_STEP, LAST_STEP
from src.schemas.mlflow_history import HISTORY as MOST
from src.schemas.mlflow_history import GetHistories, GetHistory, HistoryAnswer
from src.schemas.mlflow_tracking import MetricAnswer
from src.services.mlflow_curves import (
    MOVED,
    Expression,
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


def _curve(*, in_order_of_the_curve: bool) -> tuple[Select[Any], Expression, Sequence[Expression]]:
    """Return a SELECT of a curve's points, their step, and their order."""
    points, moved, joined = joined_points()
    rows = select(*shown_columns(points, moved)).select_from(joined)
    order = [points.c.step] if in_order_of_the_curve else logged_order(points, moved)
    of_curve = (points.c.experiment_id == _run, points.c.key == _key)
    return rows.where(*of_curve), logged_step(points, moved), order


def _history(*, in_order_of_the_curve: bool) -> Query:
    rows, _, order = _curve(in_order_of_the_curve=in_order_of_the_curve)
    limit, skip = _whole("limit"), _whole("skip")
    return Query(rows.order_by(*order).limit(limit).offset(skip))


def _sample(*, in_order_of_the_curve: bool) -> Query:
    """Select so many of the points between two steps, evenly spread, with the first and the last.

    They are counted from the last one, which alone is left of all if one is wanted.
    """
    rows, step, order = _curve(in_order_of_the_curve=in_order_of_the_curve)
    number = func.row_number().over(order_by=[each.desc() for each in order]) - 1
    numbered = rows.add_columns(number.label("number"), func.count().over().label("count"))
    points = numbered.where(step.between(_whole("least"), _whole("most"))).subquery()
    *shown, number, count = points.c
    gaps, last = _whole("wanted") - 1, func.nullif(count - 1, 0, type_=BigInteger)
    is_next = number * gaps // last > (number - 1) * gaps // last
    return Query(select(*shown).where((number == 0) | is_next).order_by(number.desc()))


def _whole(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger)


HISTORY = {each: _history(in_order_of_the_curve=not each) for each in (False, True)}
SAMPLE = {each: _sample(in_order_of_the_curve=not each) for each in (False, True)}
"""By whether points of the curve have another step than was logged."""


class HistoryService:
    """Reads the curves of one owner's runs."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def get(self, data: GetHistory) -> HistoryAnswer:
        run_id = await self._own(data.run_id)
        skip, limit = int(data.page_token or 0), min(data.max_results, MOST)
        points = await self._points(HISTORY, run_id, data.metric_key, limit=limit + 1, skip=skip)
        following = str(skip + limit) if len(points) > limit else None
        return HistoryAnswer.model_construct(metrics=points[:limit], next_page_token=following)

    async def get_several(self, data: GetHistories) -> HistoryAnswer:
        """Return points of each of several runs between two steps, evenly spread if they are many."""
        runs = [await self._own(each) for each in dict.fromkeys(data.run_ids)]
        within = {
            "least": FIRST_STEP if data.start_step is None else data.start_step,
            "most": LAST_STEP if data.end_step is None else data.end_step,
            "wanted": min(data.max_results, MOST // len(runs)),
        }
        found: list[MetricAnswer] = []
        for run_id in runs:
            for point in await self._points(SAMPLE, run_id, data.metric_key, **within):
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
        self, queries: Mapping[bool, Query], run_id: UUID, key: str, **values: int
    ) -> list[MetricAnswer]:
        curve = {"run_id": run_id, "key": key}
        has_moved = bool(await HAS_MOVED.rows(self._session, **curve))
        rows = await queries[has_moved].rows(self._session, **curve, **values)
        return [metric_answer(*row) for row in rows]
