"""Metrics of logged models, which their runs have as well."""

from collections.abc import Sequence
from math import isnan
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.upsert import upsert
from src.models.mlflow_logged import MlflowLoggedModel, MlflowModelMetric
from src.schemas.mlflow_tracking import Metric
from src.services.mlflow_curves import LARGEST
from src.services.mlflow_errors import NoLoggedModelError
from src.services.mlflow_ids import model_uuid_of, time_of


async def write_model_metrics(
    session: AsyncSession, owner_id: UUID, run_id: UUID, metrics: Sequence[Metric]
) -> None:
    """Add metrics to their models. One that is there already changes nothing."""
    ids = {each.model_id: model_uuid_of(each.model_id, NoLoggedModelError) for each in metrics}
    if not ids:
        return
    await check_models(session, owner_id, {*ids.values()})
    rows = [
        MlflowModelMetric(
            model_id=ids[each.model_id],
            key=each.key,
            step=each.step,
            logged_at=time_of(each.timestamp),
            value=None if isnan(each.value) else max(-LARGEST, min(each.value, LARGEST)),
            run_id=run_id,
            dataset_name=each.dataset_name or None,
            dataset_digest=each.dataset_digest or None,
        ).model_dump()
        for each in metrics
    ]
    await (await session.connection()).execute(
        upsert(MlflowModelMetric).on_conflict_do_nothing(), rows
    )


async def check_models(session: AsyncSession, owner_id: UUID, ids: set[UUID]) -> None:
    """Raise `NoLoggedModelError` unless all these models are there and the owner's."""
    own = select(col(MlflowLoggedModel.id)).where(
        col(MlflowLoggedModel.owner_id) == owner_id, col(MlflowLoggedModel.id).in_(ids)
    )
    found = await (await session.connection()).execute(own)
    if {*found.scalars()} != ids:
        raise NoLoggedModelError
