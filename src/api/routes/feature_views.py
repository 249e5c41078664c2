from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.feature_view import (
    FeatureViewCreate,
    FeatureViewQuery,
    FeatureViewResponse,
    FeatureViewUpdate,
)
from src.schemas.page import Page
from src.services.feature_view import FeatureViewService

FeatureViewServiceDep = Annotated[FeatureViewService, Depends(provide_owned(FeatureViewService))]

router = ResourceRouter("/feature-views")


@router.get("")
async def list_feature_views(
    views: FeatureViewServiceDep, query: Annotated[FeatureViewQuery, Query()]
) -> Page[FeatureViewResponse]:
    return await views.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_feature_view(
    views: FeatureViewServiceDep, data: FeatureViewCreate
) -> FeatureViewResponse:
    return await views.create(data)


@router.get("/{feature_view_id}")
async def get_feature_view(
    views: FeatureViewServiceDep, feature_view_id: UUID
) -> FeatureViewResponse:
    return await views.get(feature_view_id)


@router.patch("/{feature_view_id}")
async def update_feature_view(
    views: FeatureViewServiceDep,
    feature_view_id: UUID,
    changes: FeatureViewUpdate,
    if_match: IfMatch,
) -> FeatureViewResponse:
    """Change a view. Once it has values, features can only be added."""
    return await views.update(feature_view_id, changes, if_match)


@router.delete("/{feature_view_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_feature_view(
    views: FeatureViewServiceDep, feature_view_id: UUID, if_match: IfMatch
) -> None:
    """Delete a view with all of its values, unless a version of a model needs it."""
    await views.delete(feature_view_id, if_match)
