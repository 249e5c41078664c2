"""Models that runs have logged."""

from typing import Annotated

from fastapi import Depends

from src.api.caller import provide_owned
from src.api.mlflow_routing import PREFIX, SearchRoute, mlflow_router
from src.schemas.mlflow_base import Nothing
from src.schemas.mlflow_logged import (
    PARAMS_BYTES,
    CreateLoggedModel,
    FinalizeLoggedModel,
    LoggedModelAnswer,
    LoggedModelsAnswer,
    LogLoggedModelParams,
    SearchLoggedModels,
    SetLoggedModelTags,
)
from src.services.mlflow_logged_models import LoggedModelService

ModelsDep = Annotated[LoggedModelService, Depends(provide_owned(LoggedModelService))]

router = mlflow_router(f"{PREFIX}/logged-models")
searches = mlflow_router(f"{PREFIX}/logged-models", SearchRoute)


@router.post("", max_body_size=PARAMS_BYTES)
async def create_logged_model(models: ModelsDep, data: CreateLoggedModel) -> LoggedModelAnswer:
    return LoggedModelAnswer(model=await models.create(data))


@searches.post("/search")
async def search_logged_models(models: ModelsDep, data: SearchLoggedModels) -> LoggedModelsAnswer:
    return await models.search(data)


@router.get("/{model_id}")
async def get_logged_model(models: ModelsDep, model_id: str) -> LoggedModelAnswer:
    return LoggedModelAnswer(model=await models.get(model_id))


@router.patch("/{model_id}")
async def finalize_logged_model(
    models: ModelsDep, model_id: str, data: FinalizeLoggedModel
) -> LoggedModelAnswer:
    return LoggedModelAnswer(model=await models.finalize(model_id, data.status))


@router.delete("/{model_id}")
async def delete_logged_model(models: ModelsDep, model_id: str) -> Nothing:
    await models.delete(model_id)
    return Nothing()


@router.post("/{model_id}/params", max_body_size=PARAMS_BYTES)
async def log_logged_model_params(
    models: ModelsDep, model_id: str, data: LogLoggedModelParams
) -> Nothing:
    await models.log_params(model_id, data.params)
    return Nothing()


@router.patch("/{model_id}/tags")
async def set_logged_model_tags(
    models: ModelsDep, model_id: str, data: SetLoggedModelTags
) -> LoggedModelAnswer:
    return LoggedModelAnswer(model=await models.set_tags(model_id, data.tags))


@router.delete("/{model_id}/tags/{key:path}")
async def delete_logged_model_tag(models: ModelsDep, model_id: str, key: str) -> Nothing:
    await models.delete_tag(model_id, key)
    return Nothing()
