"""A feature of the tests' own, for what is true of every feature, whichever the service has."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import MISSING
from sqlalchemy import MetaData, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.api.dependencies import IfMatch, provide
from src.api.routing import ResourceRouter
from src.models.base import Entity
from src.models.json_objects import JsonColumn, JsonObject
from src.models.types import BoolQuery, NonBlank, Text, Trimmed
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService

ThingName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]
ThingDescription = Annotated[Text | None, Field(max_length=2000)]


class ThingBase(SQLModel):
    name: ThingName
    description: ThingDescription = None
    settings: JsonObject = Field(default_factory=dict, sa_type=JsonColumn)


class Thing(ThingBase, Entity, table=True):
    # Of its own, since no migration makes this table.
    metadata = MetaData(naming_convention=SQLModel.metadata.naming_convention)
    __tablename__ = "things"
    __table_args__ = (UniqueConstraint("name"),)


class ThingCreate(ThingBase, Payload):
    pass


class ThingUpdate(Payload):
    name: ThingName | MISSING = MISSING
    description: ThingDescription | MISSING = MISSING
    settings: JsonObject | MISSING = MISSING


class ThingResponse(ThingBase, EntityResponse):
    pass


class ThingQuery(PageQuery):
    sort: Literal["id", "-id", "name", "-name"] = "-id"
    description_null: BoolQuery | MISSING = MISSING


class ThingService(CrudService[Thing, ThingCreate, ThingUpdate, ThingResponse]):
    model = Thing
    response = ThingResponse


ThingServiceDep = Annotated[ThingService, Depends(provide(ThingService))]

router = ResourceRouter("/things")


@router.get("")
async def list_things(
    things: ThingServiceDep, query: Annotated[ThingQuery, Query()]
) -> Page[ThingResponse]:
    return await things.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_thing(things: ThingServiceDep, data: ThingCreate) -> ThingResponse:
    return await things.create(data)


@router.get("/{thing_id}")
async def get_thing(things: ThingServiceDep, thing_id: UUID) -> ThingResponse:
    return await things.get(thing_id)


@router.patch("/{thing_id}")
async def update_thing(
    things: ThingServiceDep, thing_id: UUID, changes: ThingUpdate, if_match: IfMatch
) -> ThingResponse:
    return await things.update(thing_id, changes, if_match)


@router.delete("/{thing_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_thing(things: ThingServiceDep, thing_id: UUID, if_match: IfMatch) -> None:
    await things.delete(thing_id, if_match)
