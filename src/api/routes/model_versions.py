from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRoute, ResourceRouter
from src.schemas.model_version import (
    Comparison,
    ComparisonQuery,
    ModelVersionCreate,
    ModelVersionQuery,
    ModelVersionResponse,
    ModelVersionUpdate,
)
from src.schemas.page import Page
from src.services.model_version import ModelVersionService

ModelVersionServiceDep = Annotated[ModelVersionService, Depends(provide_owned(ModelVersionService))]

versions = ResourceRouter("/model-versions")
of_model = APIRouter(
    prefix="/ml-models/{ml_model_id}", tags=["model-versions"], route_class=ResourceRoute
)


@versions.get("")
async def list_model_versions(
    model_versions: ModelVersionServiceDep, query: Annotated[ModelVersionQuery, Query()]
) -> Page[ModelVersionResponse]:
    return await model_versions.find(query)


@versions.post("", status_code=HTTPStatus.CREATED)
async def create_model_version(
    model_versions: ModelVersionServiceDep, data: ModelVersionCreate
) -> ModelVersionResponse:
    return await model_versions.create(data)


@versions.get("/{model_version_id}")
async def get_model_version(
    model_versions: ModelVersionServiceDep, model_version_id: UUID
) -> ModelVersionResponse:
    return await model_versions.get(model_version_id)


@versions.patch("/{model_version_id}")
async def update_model_version(
    model_versions: ModelVersionServiceDep,
    model_version_id: UUID,
    changes: ModelVersionUpdate,
    if_match: IfMatch,
) -> ModelVersionResponse:
    return await model_versions.update(model_version_id, changes, if_match)


@versions.delete("/{model_version_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_model_version(
    model_versions: ModelVersionServiceDep, model_version_id: UUID, if_match: IfMatch
) -> None:
    await model_versions.delete(model_version_id, if_match)


@of_model.get("/comparison")
async def compare_model_versions(
    model_versions: ModelVersionServiceDep,
    ml_model_id: UUID,
    query: Annotated[ComparisonQuery, Query()],
) -> Comparison:
    """List the versions of the model by a metric, the best first."""
    return await model_versions.compare(ml_model_id, query)


router = APIRouter()
router.include_router(versions)
router.include_router(of_model)
