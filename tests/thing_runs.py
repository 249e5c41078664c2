"""A fourth feature of the tests' own, with the types whose values travel as text, and lists."""

from datetime import time, timedelta
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import MISSING
from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.api.dependencies import IfMatch, provide
from src.api.routing import ResourceRouter
from src.models.base import Entity
from src.models.json_objects import JsonColumn
from src.models.text_lists import Texts
from src.models.times import Duration, DurationText, Microseconds, TimeOfDay
from src.models.types import BoolQuery
from src.models.written import Int64, Int64Text
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService
from tests.things import Thing

ThingRunLoad = Annotated[int, Int64Text(ge=0)]
ThingRunRest = Annotated[timedelta, DurationText(ge=timedelta(0), le=timedelta(days=7))]


class ThingRunBase(SQLModel):
    number: Int64 = Field(sa_type=BigInteger)
    load: ThingRunLoad | None = Field(default=None, sa_type=BigInteger)
    starts: TimeOfDay
    ends: TimeOfDay | None = time(17, 0)
    lasts: Duration = Field(sa_type=Microseconds)
    rest: ThingRunRest = Field(
        default=timedelta(minutes=90),
        sa_type=Microseconds,
        schema_extra={"json_schema_extra": {"default": "PT1H30M"}},
    )
    tags: Texts = Field(default_factory=list, sa_type=JsonColumn)
    notes: Texts | None = Field(default=None, sa_type=JsonColumn)


class ThingRun(ThingRunBase, Entity, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_runs"
    __table_args__ = (UniqueConstraint("number"), Index(None, "lasts"))


class ThingRunCreate(ThingRunBase, Payload):
    pass


class ThingRunUpdate(Payload):
    number: Int64 | MISSING = MISSING
    load: ThingRunLoad | None | MISSING = MISSING
    starts: TimeOfDay | MISSING = MISSING
    ends: TimeOfDay | None | MISSING = MISSING
    lasts: Duration | MISSING = MISSING
    rest: ThingRunRest | MISSING = MISSING
    tags: Texts | MISSING = MISSING
    notes: Texts | None | MISSING = MISSING


class ThingRunResponse(ThingRunBase, EntityResponse):
    pass


class ThingRunQuery(PageQuery):
    sort: Literal[
        "id", "-id", "number", "-number", "load", "-load", "starts", "-starts", "lasts", "-lasts"
    ] = "-id"
    number_min: Int64 | MISSING = MISSING
    number_max: Int64 | MISSING = MISSING
    load_min: ThingRunLoad | MISSING = MISSING
    load_max: ThingRunLoad | MISSING = MISSING
    load_null: BoolQuery | MISSING = MISSING
    starts_min: TimeOfDay | MISSING = MISSING
    starts_max: TimeOfDay | MISSING = MISSING
    ends_min: TimeOfDay | MISSING = MISSING
    ends_max: TimeOfDay | MISSING = MISSING
    ends_null: BoolQuery | MISSING = MISSING
    lasts_min: Duration | MISSING = MISSING
    lasts_max: Duration | MISSING = MISSING
    rest_min: ThingRunRest | MISSING = MISSING
    rest_max: ThingRunRest | MISSING = MISSING
    notes_null: BoolQuery | MISSING = MISSING


class ThingRunService(CrudService[ThingRun, ThingRunCreate, ThingRunUpdate, ThingRunResponse]):
    model = ThingRun
    response = ThingRunResponse


ThingRunServiceDep = Annotated[ThingRunService, Depends(provide(ThingRunService))]

router = ResourceRouter("/thing-runs")


@router.get("")
async def list_thing_runs(
    runs: ThingRunServiceDep, query: Annotated[ThingRunQuery, Query()]
) -> Page[ThingRunResponse]:
    return await runs.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_thing_run(runs: ThingRunServiceDep, data: ThingRunCreate) -> ThingRunResponse:
    return await runs.create(data)


@router.get("/{thing_run_id}")
async def get_thing_run(runs: ThingRunServiceDep, thing_run_id: UUID) -> ThingRunResponse:
    return await runs.get(thing_run_id)


@router.patch("/{thing_run_id}")
async def update_thing_run(
    runs: ThingRunServiceDep, thing_run_id: UUID, changes: ThingRunUpdate, if_match: IfMatch
) -> ThingRunResponse:
    return await runs.update(thing_run_id, changes, if_match)


@router.delete("/{thing_run_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_thing_run(runs: ThingRunServiceDep, thing_run_id: UUID, if_match: IfMatch) -> None:
    await runs.delete(thing_run_id, if_match)
