from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.experiment import (
    ExperimentCreate,
    ExperimentQuery,
    ExperimentResponse,
    ExperimentUpdate,
)
from src.schemas.page import Page
from src.services.experiment import ExperimentService

ExperimentServiceDep = Annotated[ExperimentService, Depends(provide_owned(ExperimentService))]

router = ResourceRouter("/experiments")


@router.get("")
async def list_experiments(
    experiments: ExperimentServiceDep, query: Annotated[ExperimentQuery, Query()]
) -> Page[ExperimentResponse]:
    return await experiments.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_experiment(
    experiments: ExperimentServiceDep, data: ExperimentCreate
) -> ExperimentResponse:
    return await experiments.create(data)


@router.get("/{experiment_id}")
async def get_experiment(
    experiments: ExperimentServiceDep, experiment_id: UUID
) -> ExperimentResponse:
    return await experiments.get(experiment_id)


@router.patch("/{experiment_id}")
async def update_experiment(
    experiments: ExperimentServiceDep,
    experiment_id: UUID,
    changes: ExperimentUpdate,
    if_match: IfMatch,
) -> ExperimentResponse:
    return await experiments.update(experiment_id, changes, if_match)


@router.delete("/{experiment_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_experiment(
    experiments: ExperimentServiceDep, experiment_id: UUID, if_match: IfMatch
) -> None:
    await experiments.delete(experiment_id, if_match)
