"""A second feature of the tests' own, with the kinds of fields and references that things lack."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from fastapi import Depends, Query
from pydantic import MISSING, model_validator
from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
)
from sqlmodel import Field, SQLModel

from src.api.dependencies import IfMatch, provide
from src.api.routing import ResourceRouter
from src.models.base import Entity
from src.models.decimals import Digits, Exact
from src.models.link import Link
from src.models.types import Bool, BoolQuery, Date, Int32, Int32Query, Timestamp, one_of
from src.schemas.base import EntityResponse, Payload
from src.schemas.including import By, Include, Included, Including, IncludingQuery, Linked
from src.schemas.page import Page, Several
from src.services.base import Versions
from src.services.including import IncludingService
from src.services.transitions import check_transition
from tests.things import Thing, ThingResponse

ThingPartPrice = Annotated[Decimal, Field(ge=0), Digits(12, 2)]
ThingPartState = Literal["new", "used", "lost"]
ThingPartStage = Literal["ordered", "stored", "built_in", "scrapped"]

NEXT_STAGES: Mapping[ThingPartStage, Sequence[ThingPartStage]] = {
    "ordered": ("stored",),
    "stored": ("built_in", "scrapped"),
    "built_in": ("stored",),
    "scrapped": (),
}


class ThingPartBase(SQLModel):
    thing_id: UUID
    spare_id: UUID | None = None
    within_id: UUID | None = None
    price: ThingPartPrice = Field(sa_type=Exact(12, 2))
    made: Date
    seen_at: Timestamp | None = None
    count: Int32 | None = None
    most: Int32 | None = None
    state: ThingPartState = Field(default="new", sa_type=String)
    stage: ThingPartStage = Field(default="ordered", sa_type=String)
    ready: Bool = True

    @model_validator(mode="after")
    def _keep_rules(self) -> Self:
        if self.count is not None and self.most is not None and self.count > self.most:
            msg = "count <= most must hold"
            raise ValueError(msg)
        return self


class ThingPart(ThingPartBase, Entity, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_parts"
    __table_args__ = (
        ForeignKeyConstraint(["thing_id"], ["things.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["spare_id"], ["things.id"], ondelete="SET NULL"),
        ForeignKeyConstraint(["within_id"], ["thing_parts.id"]),
        one_of("state", ThingPartState),
        one_of("stage", ThingPartStage),
        CheckConstraint("count <= most", name="count_le_most"),
    )


class ThingPartOther(Link, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_part_others"
    __table_args__ = (
        PrimaryKeyConstraint("thing_part_id", "other_id"),
        ForeignKeyConstraint(["thing_part_id"], ["thing_parts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["other_id"], ["things.id"], ondelete="CASCADE"),
        Index("ix_thing_part_others_other_id", "other_id", "thing_part_id"),
    )

    thing_part_id: UUID
    other_id: UUID


class ThingPartMate(Link, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_part_mates"
    __table_args__ = (
        PrimaryKeyConstraint("thing_part_id", "mate_id"),
        ForeignKeyConstraint(["thing_part_id"], ["thing_parts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["mate_id"], ["thing_parts.id"], ondelete="CASCADE"),
        Index("ix_thing_part_mates_mate_id", "mate_id", "thing_part_id"),
    )

    thing_part_id: UUID
    mate_id: UUID


class ThingPartCreate(ThingPartBase, Payload):
    stage: Literal["ordered"] = "ordered"


class ThingPartUpdate(Payload):
    thing_id: UUID | MISSING = MISSING
    spare_id: UUID | None | MISSING = MISSING
    within_id: UUID | None | MISSING = MISSING
    price: ThingPartPrice | MISSING = MISSING
    made: Date | MISSING = MISSING
    seen_at: Timestamp | None | MISSING = MISSING
    count: Int32 | None | MISSING = MISSING
    most: Int32 | None | MISSING = MISSING
    state: ThingPartState | MISSING = MISSING
    stage: ThingPartStage | MISSING = MISSING
    ready: Bool | MISSING = MISSING


class ThingPartResponse(ThingPartBase, EntityResponse):
    cleared: ClassVar = ("spare_id",)


class ThingPartIncluding(ThingPartResponse, Including):
    thing: Included[ThingResponse] = MISSING
    spare: Included[ThingResponse] = MISSING
    within: Included[ThingPartResponse] = MISSING
    others: Annotated[Linked[ThingResponse], By(ThingPartOther)] = MISSING
    mates: Annotated[Linked[ThingPartResponse], By(ThingPartMate)] = MISSING


ThingPartInclude = Literal["thing", "spare", "within", "others", "mates"]


class ThingPartQuery(IncludingQuery[ThingPartInclude]):
    sort: Literal[
        "id",
        "-id",
        "price",
        "-price",
        "made",
        "-made",
        "seen_at",
        "-seen_at",
        "count",
        "-count",
    ] = "-id"
    thing_id: UUID | MISSING = MISSING
    thing_id_in: Several[UUID] | MISSING = MISSING
    spare_id: UUID | MISSING = MISSING
    spare_id_in: Several[UUID] | MISSING = MISSING
    spare_id_null: BoolQuery | MISSING = MISSING
    within_id: UUID | MISSING = MISSING
    within_id_in: Several[UUID] | MISSING = MISSING
    within_id_null: BoolQuery | MISSING = MISSING
    price_min: ThingPartPrice | MISSING = MISSING
    price_max: ThingPartPrice | MISSING = MISSING
    made_min: Date | MISSING = MISSING
    made_max: Date | MISSING = MISSING
    seen_at_min: Timestamp | MISSING = MISSING
    seen_at_max: Timestamp | MISSING = MISSING
    seen_at_null: BoolQuery | MISSING = MISSING
    count_min: Int32Query | MISSING = MISSING
    count_max: Int32Query | MISSING = MISSING
    count_null: BoolQuery | MISSING = MISSING
    most_min: Int32Query | MISSING = MISSING
    most_max: Int32Query | MISSING = MISSING
    most_null: BoolQuery | MISSING = MISSING
    state: ThingPartState | MISSING = MISSING
    state_in: Several[ThingPartState] | MISSING = MISSING
    stage: ThingPartStage | MISSING = MISSING
    stage_in: Several[ThingPartStage] | MISSING = MISSING
    ready: BoolQuery | MISSING = MISSING
    other_id: UUID | MISSING = MISSING
    other_id_in: Several[UUID] | MISSING = MISSING
    mate_id: UUID | MISSING = MISSING
    mate_id_in: Several[UUID] | MISSING = MISSING


class ThingPartService(
    IncludingService[
        ThingPart, ThingPartCreate, ThingPartUpdate, ThingPartResponse, ThingPartIncluding
    ]
):
    model = ThingPart
    response = ThingPartResponse
    including = ThingPartIncluding

    async def update(
        self, entity_id: UUID, changes: ThingPartUpdate, if_match: Versions | None = None
    ) -> ThingPartResponse:
        if changes.stage is not MISSING:
            before = await self.load(entity_id, if_match)
            check_transition("thing part", NEXT_STAGES, before.stage, changes.stage, field="stage")
        return await super().update(entity_id, changes, if_match)


ThingPartServiceDep = Annotated[ThingPartService, Depends(provide(ThingPartService))]

router = ResourceRouter("/thing-parts")


@router.get("")
async def list_thing_parts(
    parts: ThingPartServiceDep, query: Annotated[ThingPartQuery, Query()]
) -> Page[ThingPartIncluding]:
    return await parts.find_including(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_thing_part(parts: ThingPartServiceDep, data: ThingPartCreate) -> ThingPartResponse:
    return await parts.create(data)


@router.get("/{thing_part_id}")
async def get_thing_part(
    parts: ThingPartServiceDep,
    thing_part_id: UUID,
    query: Annotated[Include[ThingPartInclude], Query()],
) -> ThingPartIncluding:
    return await parts.get_including(thing_part_id, query)


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
