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
from src.models.types import Bool, Date, Int32, Int32Query, Timestamp, one_of
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService
from tests.things import Thing

PartPrice = Annotated[Decimal, Field(ge=0), Digits(12, 2)]
PartState = Literal["new", "used", "lost"]


class PartBase(SQLModel):
    thing_id: UUID
    spare_id: UUID | None = None
    within_id: UUID | None = None
    price: PartPrice = Field(sa_type=Exact(12, 2))
    made: Date
    seen_at: Timestamp | None = None
    count: Int32 | None = None
    state: PartState = Field(default="new", sa_type=String)
    ready: Bool = True


class Part(PartBase, Entity, table=True):
    metadata = Thing.metadata
    __tablename__ = "parts"
    __table_args__ = (
        ForeignKeyConstraint(["thing_id"], ["things.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["spare_id"], ["things.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["within_id"], ["parts.id"]),
        one_of("state", PartState),
    )


class PartCreate(PartBase, Payload):
    pass


class PartUpdate(Payload):
    thing_id: UUID | MISSING = MISSING
    spare_id: UUID | None | MISSING = MISSING
    within_id: UUID | None | MISSING = MISSING
    price: PartPrice | MISSING = MISSING
    made: Date | MISSING = MISSING
    seen_at: Timestamp | None | MISSING = MISSING
    count: Int32 | None | MISSING = MISSING
    state: PartState | MISSING = MISSING
    ready: Bool | MISSING = MISSING


class PartResponse(PartBase, EntityResponse):
    pass


class PartQuery(PageQuery):
    sort: Literal["id", "-id", "price", "-price", "made", "-made"] = "-id"
    thing_id: UUID | MISSING = MISSING
    spare_id: UUID | MISSING = MISSING
    within_id: UUID | MISSING = MISSING
    price_min: PartPrice | MISSING = MISSING
    price_max: PartPrice | MISSING = MISSING
    made_min: Date | MISSING = MISSING
    made_max: Date | MISSING = MISSING
    seen_at_min: Timestamp | MISSING = MISSING
    seen_at_max: Timestamp | MISSING = MISSING
    count_min: Int32Query | MISSING = MISSING
    count_max: Int32Query | MISSING = MISSING
    state: PartState | MISSING = MISSING
    ready: bool | MISSING = MISSING


class PartService(CrudService[Part, PartCreate, PartUpdate, PartResponse]):
    model = Part
    response = PartResponse


PartServiceDep = Annotated[PartService, Depends(provide(PartService))]

router = ResourceRouter("/parts")


@router.get("")
async def list_parts(
    parts: PartServiceDep, query: Annotated[PartQuery, Query()]
) -> Page[PartResponse]:
    return await parts.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_part(parts: PartServiceDep, data: PartCreate) -> PartResponse:
    return await parts.create(data)


@router.get("/{part_id}")
async def get_part(parts: PartServiceDep, part_id: UUID) -> PartResponse:
    return await parts.get(part_id)


@router.patch("/{part_id}")
async def update_part(
    parts: PartServiceDep, part_id: UUID, changes: PartUpdate, if_match: IfMatch
) -> PartResponse:
    return await parts.update(part_id, changes, if_match)


@router.delete("/{part_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_part(parts: PartServiceDep, part_id: UUID, if_match: IfMatch) -> None:
    await parts.delete(part_id, if_match)
