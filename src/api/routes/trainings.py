from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter
from src.schemas.job import JobResponse
from src.schemas.training import TRAINING_BYTES, TrainingCreate
from src.services.training import TrainingService

TrainingServiceDep = Annotated[TrainingService, Depends(provide_owned(TrainingService))]

router = ResourceRouter("/experiments")


@router.post(
    "/{experiment_id}/trainings", status_code=HTTPStatus.ACCEPTED, max_body_size=TRAINING_BYTES
)
async def start_training(
    trainings: TrainingServiceDep, experiment_id: UUID, data: TrainingCreate
) -> JobResponse:
    """Train a model with a data file. The experiment runs until the job ends."""
    return await trainings.start(experiment_id, data)
