"""Models as MLflow's registered models."""

from typing import Annotated

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.mlflow_routing import PREFIX, SearchRoute, mlflow_router
from src.schemas.mlflow_base import Nothing, SearchRequest
from src.schemas.mlflow_registered import (
    ModelAnswer,
    ModelsAnswer,
    VersionAnswer,
    VersionsAnswer,
)
from src.schemas.mlflow_registry import (
    AliasNamed,
    CreateRegisteredModel,
    DeleteModelTag,
    GetLatestVersions,
    ModelNamed,
    RenameRegisteredModel,
    SetAlias,
    SetModelTag,
    UpdateRegisteredModel,
)
from src.services.mlflow_models import RegisteredModelService
from src.services.mlflow_versions import VersionService

ModelsDep = Annotated[RegisteredModelService, Depends(provide_owned(RegisteredModelService))]
VersionsDep = Annotated[VersionService, Depends(provide_owned(VersionService))]

router = mlflow_router(f"{PREFIX}/registered-models")
searches = mlflow_router(f"{PREFIX}/registered-models", SearchRoute)


@router.post("/create")
async def create_registered_model(models: ModelsDep, data: CreateRegisteredModel) -> ModelAnswer:
    return ModelAnswer(registered_model=await models.create(data))


@router.get("/get")
async def get_registered_model(
    models: ModelsDep, query: Annotated[ModelNamed, Query()]
) -> ModelAnswer:
    return ModelAnswer(registered_model=await models.get(query.name))


@router.post("/rename")
async def rename_registered_model(models: ModelsDep, data: RenameRegisteredModel) -> ModelAnswer:
    return ModelAnswer(registered_model=await models.rename(data.name, data.new_name))


@router.patch("/update")
async def update_registered_model(models: ModelsDep, data: UpdateRegisteredModel) -> ModelAnswer:
    return ModelAnswer(registered_model=await models.describe(data.name, data.description))


@router.delete("/delete")
async def delete_registered_model(models: ModelsDep, data: ModelNamed) -> Nothing:
    await models.delete(data.name)
    return Nothing()


@router.get("/search")
async def search_registered_models(
    models: ModelsDep, query: Annotated[SearchRequest, Query()]
) -> ModelsAnswer:
    return await models.search(query)


@searches.post("/get-latest-versions")
async def get_latest_versions(versions: VersionsDep, data: GetLatestVersions) -> VersionsAnswer:
    return await versions.latest(data)


@router.get("/get-latest-versions")
async def list_latest_versions(
    versions: VersionsDep, query: Annotated[GetLatestVersions, Query()]
) -> VersionsAnswer:
    return await versions.latest(query)


@router.post("/set-tag")
async def set_registered_model_tag(models: ModelsDep, data: SetModelTag) -> Nothing:
    await models.set_tag(data.name, data.key, data.value)
    return Nothing()


@router.delete("/delete-tag")
async def delete_registered_model_tag(models: ModelsDep, data: DeleteModelTag) -> Nothing:
    await models.delete_tag(data.name, data.key)
    return Nothing()


@router.post("/alias")
async def set_registered_model_alias(models: ModelsDep, data: SetAlias) -> Nothing:
    await models.set_alias(data)
    return Nothing()


@router.delete("/alias")
async def delete_registered_model_alias(models: ModelsDep, data: AliasNamed) -> Nothing:
    await models.delete_alias(data.name, data.alias)
    return Nothing()


@router.get("/alias")
async def get_model_version_of_alias(
    versions: VersionsDep, query: Annotated[AliasNamed, Query()]
) -> VersionAnswer:
    return VersionAnswer(model_version=await versions.get_by_alias(query.name, query.alias))
