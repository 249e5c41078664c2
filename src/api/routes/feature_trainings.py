from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from src.api.caller import provide_owned
from src.api.routing import ResourceRouter
from src.schemas.feature_training import FEATURE_TRAINING_BYTES, FeatureTrainingCreate
from src.schemas.job import JobResponse
from src.services.feature_training import FeatureTrainingService

FeatureTrainingServiceDep = Annotated[
    FeatureTrainingService, Depends(provide_owned(FeatureTrainingService))
]

router = ResourceRouter("/experiments")


@router.post(
    "/{experiment_id}/feature-trainings",
    status_code=HTTPStatus.ACCEPTED,
    max_body_size=FEATURE_TRAINING_BYTES,
)
async def start_feature_training(
    trainings: FeatureTrainingServiceDep, experiment_id: UUID, data: FeatureTrainingCreate
) -> JobResponse:
    """Train a model with labels, and with features as they were known at the labels' times."""
    return await trainings.start(experiment_id, data)
