from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from src.api.bodies import BodyRoute
from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.models.model_alias import ModelAliasName
from src.schemas.model_alias import (
    ModelAliasCreate,
    ModelAliasQuery,
    ModelAliasResponse,
    ModelAliasSet,
    ModelAliasUpdate,
)
from src.schemas.model_version import ModelVersionResponse
from src.schemas.page import Page
from src.services.model_alias import ModelAliasService

ModelAliasServiceDep = Annotated[ModelAliasService, Depends(provide_owned(ModelAliasService))]

aliases = ResourceRouter("/model-aliases")
# Without entity tags: two versions may have the same tag, and a moved alias would seem unchanged.
by_name = APIRouter(
    prefix="/ml-models/{ml_model_id}/aliases", tags=["model-aliases"], route_class=BodyRoute
)


@aliases.get("")
async def list_model_aliases(
    model_aliases: ModelAliasServiceDep, query: Annotated[ModelAliasQuery, Query()]
) -> Page[ModelAliasResponse]:
    return await model_aliases.find(query)


@aliases.post("", status_code=HTTPStatus.CREATED)
async def create_model_alias(
    model_aliases: ModelAliasServiceDep, data: ModelAliasCreate
) -> ModelAliasResponse:
    return await model_aliases.create(data)


@aliases.get("/{model_alias_id}")
async def get_model_alias(
    model_aliases: ModelAliasServiceDep, model_alias_id: UUID
) -> ModelAliasResponse:
    return await model_aliases.get(model_alias_id)


@aliases.patch("/{model_alias_id}")
async def update_model_alias(
    model_aliases: ModelAliasServiceDep,
    model_alias_id: UUID,
    changes: ModelAliasUpdate,
    if_match: IfMatch,
) -> ModelAliasResponse:
    return await model_aliases.update(model_alias_id, changes, if_match)


@aliases.delete("/{model_alias_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_model_alias(
    model_aliases: ModelAliasServiceDep, model_alias_id: UUID, if_match: IfMatch
) -> None:
    await model_aliases.delete(model_alias_id, if_match)


@by_name.get("/{name}")
async def get_model_version_by_alias(
    model_aliases: ModelAliasServiceDep, ml_model_id: UUID, name: ModelAliasName
) -> ModelVersionResponse:
    return await model_aliases.version(ml_model_id, name)


@by_name.put("/{name}")
async def put_model_alias(
    model_aliases: ModelAliasServiceDep,
    ml_model_id: UUID,
    name: ModelAliasName,
    data: ModelAliasSet,
) -> ModelAliasResponse:
    """Create the alias, or move it to another version of the model."""
    return await model_aliases.put(ml_model_id, name, data)


router = APIRouter()
router.include_router(aliases)
router.include_router(by_name)
