"""The training capability: models trained with data files, and their predictions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from src.api.capability import Capability
from src.api.routes import predictions, preprocessings, trainings
from src.api.service import Service
from src.training.predictors import Predictors
from src.training.settings import TrainingSettings


@asynccontextmanager
async def _running(service: Service) -> AsyncIterator[None]:
    """End child processes that nobody needs any more, and all of them at the end."""
    predictors = Predictors(service.settings_of(TrainingSettings))
    predictions.PREDICTORS[service.database] = predictors
    keeping = asyncio.create_task(predictors.keep_few())
    yield
    keeping.cancel()
    await asyncio.wait({keeping})


training = Capability(
    name="training",
    settings=TrainingSettings,
    routers=[trainings.router, predictions.router, preprocessings.router],
    lifespan=_running,
)
