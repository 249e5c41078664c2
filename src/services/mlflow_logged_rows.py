"""Rows of logged models, and how MLflow shows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import nan
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.ml_model import MlModel
from src.models.mlflow_logged import LoggedModelStatus as Status
from src.models.mlflow_logged import MlflowLoggedModel, MlflowModelMetric
from src.models.mlflow_registry import MlflowVersion
from src.models.model_version import ModelVersion
from src.schemas.mlflow_base import listed
from src.schemas.mlflow_logged import (
    LoggedModel,
    LoggedModelData,
    LoggedModelInfo,
    LoggedModelStatus,
    Registration,
)
from src.schemas.mlflow_tracking import MetricAnswer
from src.services.mlflow_ids import milliseconds, model_id_of, model_uri

METRICS = 10_000
"""Most metrics of an answer with logged models."""
SHOWN: Mapping[Status, LoggedModelStatus] = {
    "pending": "LOGGED_MODEL_PENDING",
    "ready": "LOGGED_MODEL_READY",
    "failed": "LOGGED_MODEL_UPLOAD_FAILED",
}


async def shown_models(
    session: AsyncSession, rows: Sequence[MlflowLoggedModel]
) -> list[LoggedModel]:
    ids = [row.id for row in rows]
    metrics, registrations = await _metrics(session, ids), await _registrations(session, ids)
    return [
        LoggedModel(
            info=_info(row, registrations[row.id]),
            data=LoggedModelData(params=listed(row.params), metrics=metrics[row.id]),
        )
        for row in rows
    ]


def _info(row: MlflowLoggedModel, registrations: list[Registration]) -> LoggedModelInfo:
    return LoggedModelInfo(
        model_id=model_id_of(row.id),
        experiment_id=row.project_id.hex,
        name=row.name,
        creation_timestamp_ms=milliseconds(row.created_at),
        last_updated_timestamp_ms=milliseconds(row.updated_at),
        artifact_uri=model_uri(row.project_id, row.id),
        status=SHOWN[row.status],
        model_type=row.model_type,
        source_run_id=row.run_id.hex if row.run_id else None,
        tags=listed(row.tags),
        registrations=registrations,
    )


async def _metrics(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[MetricAnswer]]:
    metric = MlflowModelMetric
    rows = select_rows(metric).where(col(metric.model_id).in_(ids))
    order = (col(metric.logged_at).desc(), col(metric.step).desc(), col(metric.key))
    found = defaultdict(list)
    for each in await session.exec(rows.order_by(*order).limit(METRICS)):
        found[each.model_id].append(_metric(each))
    return {each: found[each][::-1] for each in ids}


def _metric(row: MlflowModelMetric) -> MetricAnswer:
    return MetricAnswer(
        key=row.key,
        value=nan if row.value is None else row.value,
        timestamp=milliseconds(row.logged_at),
        step=row.step,
        run_id=row.run_id.hex if row.run_id else None,
        model_id=model_id_of(row.model_id),
        dataset_name=row.dataset_name,
        dataset_digest=row.dataset_digest,
    )


async def _registrations(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, list[Registration]]:
    rows = (
        select(col(MlflowVersion.model_id), col(MlModel.name), col(ModelVersion.number))
        .join(ModelVersion, col(ModelVersion.id) == col(MlflowVersion.version_id))
        .join(MlModel, col(MlModel.id) == col(ModelVersion.ml_model_id))
        .where(col(MlflowVersion.model_id).in_(ids))
    )
    found: dict[UUID | None, list[Registration]] = defaultdict(list)
    for model_id, name, number in await (await session.connection()).execute(rows):
        found[model_id].append(Registration(name=name, version=str(number)))
    return {each: found[each] for each in ids}
