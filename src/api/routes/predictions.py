from typing import Annotated
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Depends, Request

from src.api.caller import CallerDep, provide_owned
from src.api.dependencies import ServiceDep
from src.api.limits import postpone, streaming
from src.api.routes.files import StoreDep
from src.api.routing import ResourceRouter
from src.core.database import Database
from src.schemas.prediction import (
    PREDICTION_BYTES,
    PredictionCreate,
    PredictionResponse,
    SignatureResponse,
)
from src.services.trained_model import TrainedModelService
from src.training.predictions import Predictions
from src.training.predictors import SECONDS, Predictors

PREDICTORS = WeakKeyDictionary[Database, Predictors]()
"""The child processes of each app in this process, by its database."""


async def get_predictions(service: ServiceDep, store: StoreDep, caller: CallerDep) -> Predictions:
    database = service.database
    return Predictions(database, store, PREDICTORS[database], caller.user_id)


PredictionsDep = Annotated[Predictions, Depends(get_predictions)]
TrainedModelServiceDep = Annotated[TrainedModelService, Depends(provide_owned(TrainedModelService))]

router = ResourceRouter("/model-versions")


@router.get("/{model_version_id}/signature")
async def get_signature(
    models: TrainedModelServiceDep, model_version_id: UUID
) -> SignatureResponse:
    """Return what a trained version takes and predicts."""
    return await models.signature(model_version_id)


# It may outlast the deadline, and has no effect that a retry could repeat.
@router.post("/{model_version_id}/predictions", max_body_size=PREDICTION_BYTES)
@streaming
async def predict(
    request: Request, predictions: PredictionsDep, model_version_id: UUID, data: PredictionCreate
) -> PredictionResponse:
    """Predict the target of each row with a trained version."""
    postpone(request.scope, 2 * SECONDS)
    return await predictions.predict(model_version_id, data)
