from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.deployment import (
    DeploymentCreate,
    DeploymentQuery,
    DeploymentResponse,
    DeploymentUpdate,
)
from src.schemas.page import Page
from src.services.deployment import DeploymentService

DeploymentServiceDep = Annotated[DeploymentService, Depends(provide_owned(DeploymentService))]

router = ResourceRouter("/deployments")


@router.get("")
async def list_deployments(
    deployments: DeploymentServiceDep, query: Annotated[DeploymentQuery, Query()]
) -> Page[DeploymentResponse]:
    return await deployments.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_deployment(
    deployments: DeploymentServiceDep, data: DeploymentCreate
) -> DeploymentResponse:
    """If no version meets the criteria, the problem has `candidates`: the closest versions."""
    return await deployments.create(data)


@router.get("/{deployment_id}")
async def get_deployment(
    deployments: DeploymentServiceDep, deployment_id: UUID
) -> DeploymentResponse:
    return await deployments.get(deployment_id)


@router.patch("/{deployment_id}")
async def update_deployment(
    deployments: DeploymentServiceDep,
    deployment_id: UUID,
    changes: DeploymentUpdate,
    if_match: IfMatch,
) -> DeploymentResponse:
    return await deployments.update(deployment_id, changes, if_match)


@router.delete("/{deployment_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_deployment(
    deployments: DeploymentServiceDep, deployment_id: UUID, if_match: IfMatch
) -> None:
    await deployments.delete(deployment_id, if_match)
