from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.ml_model import MlModelCreate, MlModelQuery, MlModelResponse, MlModelUpdate
from src.schemas.page import Page
from src.services.ml_model import MlModelService

MlModelServiceDep = Annotated[MlModelService, Depends(provide_owned(MlModelService))]

router = ResourceRouter("/ml-models")


@router.get("")
async def list_ml_models(
    ml_models: MlModelServiceDep, query: Annotated[MlModelQuery, Query()]
) -> Page[MlModelResponse]:
    return await ml_models.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_ml_model(ml_models: MlModelServiceDep, data: MlModelCreate) -> MlModelResponse:
    return await ml_models.create(data)


@router.get("/{ml_model_id}")
async def get_ml_model(ml_models: MlModelServiceDep, ml_model_id: UUID) -> MlModelResponse:
    return await ml_models.get(ml_model_id)


@router.patch("/{ml_model_id}")
async def update_ml_model(
    ml_models: MlModelServiceDep, ml_model_id: UUID, changes: MlModelUpdate, if_match: IfMatch
) -> MlModelResponse:
    return await ml_models.update(ml_model_id, changes, if_match)


@router.delete("/{ml_model_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_ml_model(
    ml_models: MlModelServiceDep, ml_model_id: UUID, if_match: IfMatch
) -> None:
    await ml_models.delete(ml_model_id, if_match)
