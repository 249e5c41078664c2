"""Versions of models as those of MLflow's registry."""

from typing import Annotated

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.mlflow_routing import PREFIX, mlflow_router
from src.schemas.mlflow_base import Nothing, SearchRequest
from src.schemas.mlflow_registered import (
    UriAnswer,
    VersionAnswer,
    VersionsAnswer,
)
from src.schemas.mlflow_registry import (
    CreateModelVersion,
    DeleteVersionTag,
    SetVersionTag,
    TransitionStage,
    UpdateModelVersion,
    VersionNamed,
)
from src.services.mlflow_versions import VersionService

VersionsDep = Annotated[VersionService, Depends(provide_owned(VersionService))]

router = mlflow_router(f"{PREFIX}/model-versions")


@router.post("/create")
async def create_version(versions: VersionsDep, data: CreateModelVersion) -> VersionAnswer:
    return VersionAnswer(model_version=await versions.create(data))


@router.get("/get")
async def get_version(
    versions: VersionsDep, query: Annotated[VersionNamed, Query()]
) -> VersionAnswer:
    return VersionAnswer(model_version=await versions.get(query))


@router.patch("/update")
async def update_version(versions: VersionsDep, data: UpdateModelVersion) -> VersionAnswer:
    return VersionAnswer(model_version=await versions.describe(data, data.description))


@router.post("/transition-stage")
async def move_version(versions: VersionsDep, data: TransitionStage) -> VersionAnswer:
    return VersionAnswer(model_version=await versions.move(data))


@router.delete("/delete")
async def delete_version(versions: VersionsDep, data: VersionNamed) -> Nothing:
    await versions.delete(data)
    return Nothing()


@router.get("/search")
async def search_versions(
    versions: VersionsDep, query: Annotated[SearchRequest, Query()]
) -> VersionsAnswer:
    return await versions.search(query)


@router.get("/get-download-uri")
async def get_download_uri(
    versions: VersionsDep, query: Annotated[VersionNamed, Query()]
) -> UriAnswer:
    return UriAnswer(artifact_uri=await versions.uri(query))


@router.post("/set-tag")
async def set_version_tag(versions: VersionsDep, data: SetVersionTag) -> Nothing:
    await versions.set_tag(data, data.key, data.value)
    return Nothing()


@router.delete("/delete-tag")
async def delete_version_tag(versions: VersionsDep, data: DeleteVersionTag) -> Nothing:
    await versions.delete_tag(data, data.key)
    return Nothing()
