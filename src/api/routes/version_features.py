"""The features that a version of a model was trained with."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter, SearchRoute
from src.schemas.feature_value import OnlineQuery
from src.schemas.version_features import (
    VersionFeaturesCreate,
    VersionFeaturesResponse,
    VersionRows,
)
from src.services.version_features import VersionFeatureService

VersionFeatureServiceDep = Annotated[
    VersionFeatureService, Depends(provide_owned(VersionFeatureService))
]

router = ResourceRouter("/model-versions")
searches = ResourceRouter("/model-versions", route_class=SearchRoute)


@router.post("/{model_version_id}/features", status_code=HTTPStatus.CREATED)
async def record_features(
    features: VersionFeatureServiceDep, model_version_id: UUID, data: VersionFeaturesCreate
) -> VersionFeaturesResponse:
    """Record, once, the features that the version was trained with, of the views as they are."""
    return await features.create(model_version_id, data.views)


@router.get("/{model_version_id}/features")
async def get_features(
    features: VersionFeatureServiceDep, model_version_id: UUID
) -> VersionFeaturesResponse:
    return await features.get(model_version_id)


@router.get("/{model_version_id}/features.txt")
async def get_features_text(features: VersionFeatureServiceDep, model_version_id: UUID) -> Response:
    """Return the name of each feature in a line, in the order in which the model takes them."""
    return Response(await features.text(model_version_id), media_type="text/plain")


@searches.post("/{model_version_id}/online")
async def read_features_of_version(
    features: VersionFeatureServiceDep, model_version_id: UUID, query: OnlineQuery
) -> VersionRows:
    """Return the latest values of entities; 409 if a view has changed since the training."""
    return await features.online(model_version_id, query.entities)
