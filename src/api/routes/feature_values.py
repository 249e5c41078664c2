"""The values of views: written in batches, read by entities or as of times."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter, SearchRoute
from src.schemas.feature_value import (
    BATCH_BYTES,
    FeatureRows,
    FeatureValueBatch,
    FeatureValueReceipt,
    HistoricalQuery,
    OnlineQuery,
)
from src.services.feature_value import FeatureValueService

FeatureValueServiceDep = Annotated[FeatureValueService, Depends(provide_owned(FeatureValueService))]

router = ResourceRouter("/feature-views")
searches = ResourceRouter("/feature-views", route_class=SearchRoute)


@router.post("/{feature_view_id}/values", max_body_size=BATCH_BYTES)
async def append_feature_values(
    features: FeatureValueServiceDep, feature_view_id: UUID, batch: FeatureValueBatch
) -> FeatureValueReceipt:
    """Store values. The same row again changes nothing; an older row is not the latest."""
    return await features.append(feature_view_id, batch)


@searches.post("/{feature_view_id}/online")
async def read_online_features(
    features: FeatureValueServiceDep, feature_view_id: UUID, query: OnlineQuery
) -> FeatureRows:
    """Return the latest values of entities."""
    return await features.online(feature_view_id, query.entities)


@searches.post("/{feature_view_id}/historical", max_body_size=BATCH_BYTES)
async def read_historical_features(
    features: FeatureValueServiceDep, feature_view_id: UUID, query: HistoricalQuery
) -> FeatureRows:
    """Return the values of entities as of times: what a model would have been told then."""
    return await features.historical(feature_view_id, query.rows)
