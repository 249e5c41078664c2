"""A second feature of the tests' own, with the kinds of fields and references that things lack."""

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import MISSING
from sqlalchemy import ForeignKeyConstraint, String
from sqlmodel import Field, SQLModel

from src.api.dependencies import IfMatch, provide
from src.api.routing import ResourceRouter
from src.models.base import Entity
from src.models.decimals import Digits, Exact
from src.models.types import Bool, BoolQuery, Date, Int32, Int32Query, Timestamp, one_of
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService
from tests.things import Thing

ThingPartPrice = Annotated[Decimal, Field(ge=0), Digits(12, 2)]
ThingPartState = Literal["new", "used", "lost"]


class ThingPartBase(SQLModel):
    thing_id: UUID
    spare_id: UUID | None = None
    within_id: UUID | None = None
    price: ThingPartPrice = Field(sa_type=Exact(12, 2))
    made: Date
    seen_at: Timestamp | None = None
    count: Int32 | None = None
    state: ThingPartState = Field(default="new", sa_type=String)
    ready: Bool = True


class ThingPart(ThingPartBase, Entity, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_parts"
    __table_args__ = (
        ForeignKeyConstraint(["thing_id"], ["things.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["spare_id"], ["things.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["within_id"], ["thing_parts.id"]),
        one_of("state", ThingPartState),
    )


class ThingPartCreate(ThingPartBase, Payload):
    pass


class ThingPartUpdate(Payload):
    thing_id: UUID | MISSING = MISSING
    spare_id: UUID | None | MISSING = MISSING
    within_id: UUID | None | MISSING = MISSING
    price: ThingPartPrice | MISSING = MISSING
    made: Date | MISSING = MISSING
    seen_at: Timestamp | None | MISSING = MISSING
    count: Int32 | None | MISSING = MISSING
    state: ThingPartState | MISSING = MISSING
    ready: Bool | MISSING = MISSING


class ThingPartResponse(ThingPartBase, EntityResponse):
    pass


class ThingPartQuery(PageQuery):
    sort: Literal["id", "-id", "price", "-price", "made", "-made"] = "-id"
    thing_id: UUID | MISSING = MISSING
    spare_id: UUID | MISSING = MISSING
    within_id: UUID | MISSING = MISSING
    price_min: ThingPartPrice | MISSING = MISSING
    price_max: ThingPartPrice | MISSING = MISSING
    made_min: Date | MISSING = MISSING
    made_max: Date | MISSING = MISSING
    seen_at_min: Timestamp | MISSING = MISSING
    seen_at_max: Timestamp | MISSING = MISSING
    count_min: Int32Query | MISSING = MISSING
    count_max: Int32Query | MISSING = MISSING
    state: ThingPartState | MISSING = MISSING
    ready: BoolQuery | MISSING = MISSING


class ThingPartService(CrudService[ThingPart, ThingPartCreate, ThingPartUpdate, ThingPartResponse]):
    model = ThingPart
    response = ThingPartResponse


ThingPartServiceDep = Annotated[ThingPartService, Depends(provide(ThingPartService))]

router = ResourceRouter("/thing-parts")


@router.get("")
async def list_thing_parts(
    parts: ThingPartServiceDep, query: Annotated[ThingPartQuery, Query()]
) -> Page[ThingPartResponse]:
    return await parts.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_thing_part(parts: ThingPartServiceDep, data: ThingPartCreate) -> ThingPartResponse:
    return await parts.create(data)


@router.get("/{thing_part_id}")
async def get_thing_part(parts: ThingPartServiceDep, thing_part_id: UUID) -> ThingPartResponse:
    return await parts.get(thing_part_id)


@router.patch("/{thing_part_id}")
async def update_thing_part(
    parts: ThingPartServiceDep, thing_part_id: UUID, changes: ThingPartUpdate, if_match: IfMatch
) -> ThingPartResponse:
    return await parts.update(thing_part_id, changes, if_match)


@router.delete("/{thing_part_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_thing_part(
    parts: ThingPartServiceDep, thing_part_id: UUID, if_match: IfMatch
) -> None:
    await parts.delete(thing_part_id, if_match)
