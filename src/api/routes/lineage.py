"""Shows the ancestors and the descendants of a row."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from src.api.caller import provide_owned
from src.api.routing import ResourceRoute
from src.schemas.lineage import Lineage
from src.services.lineage import LineageService

LineageServiceDep = Annotated[LineageService, Depends(provide_owned(LineageService))]

router = APIRouter(tags=["lineage"], route_class=ResourceRoute)


@router.get("/projects/{project_id}/lineage")
async def get_project_lineage(lineage: LineageServiceDep, project_id: UUID) -> Lineage:
    return await lineage.get("project", project_id)


@router.get("/experiments/{experiment_id}/lineage")
async def get_experiment_lineage(lineage: LineageServiceDep, experiment_id: UUID) -> Lineage:
    return await lineage.get("experiment", experiment_id)


@router.get("/model-versions/{model_version_id}/lineage")
async def get_model_version_lineage(lineage: LineageServiceDep, model_version_id: UUID) -> Lineage:
    return await lineage.get("model version", model_version_id)


@router.get("/deployments/{deployment_id}/lineage")
async def get_deployment_lineage(lineage: LineageServiceDep, deployment_id: UUID) -> Lineage:
    return await lineage.get("deployment", deployment_id)
