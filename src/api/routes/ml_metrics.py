"""Metric points, which are not resources: they are written in batches and read as curves."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter
from src.schemas.ml_metric import (
    BATCH_BYTES,
    MlMetricBatch,
    MlMetricQuery,
    MlMetricReceipt,
    MlMetricResponse,
    MlMetricSeries,
    MlMetricSeriesQuery,
    MlMetricSummaries,
)
from src.schemas.page import Page
from src.services.ml_metric import MlMetricService

MlMetricServiceDep = Annotated[MlMetricService, Depends(provide_owned(MlMetricService))]

router = ResourceRouter("/experiments")


@router.post("/{experiment_id}/metrics", max_body_size=BATCH_BYTES)
async def record_ml_metrics(
    metrics: MlMetricServiceDep, experiment_id: UUID, batch: MlMetricBatch
) -> MlMetricReceipt:
    """Record points. A new value replaces the old one; the same value changes nothing."""
    return await metrics.record(experiment_id, batch)


@router.get("/{experiment_id}/metrics")
async def list_ml_metrics(
    metrics: MlMetricServiceDep, experiment_id: UUID, query: Annotated[MlMetricQuery, Query()]
) -> Page[MlMetricResponse]:
    """List points by key, then by step."""
    return await metrics.find(experiment_id, query)


@router.get("/{experiment_id}/metrics/series")
async def get_ml_metric_series(
    metrics: MlMetricServiceDep,
    experiment_id: UUID,
    query: Annotated[MlMetricSeriesQuery, Query()],
) -> MlMetricSeries:
    """Return a whole curve in few points, among them the first, the last and the extremes."""
    return await metrics.series(experiment_id, query)


@router.get("/{experiment_id}/metrics/summary")
async def get_ml_metric_summary(
    metrics: MlMetricServiceDep, experiment_id: UUID
) -> MlMetricSummaries:
    return await metrics.summarise(experiment_id)
