"""A third feature of the tests' own, whose lists are searched for words."""

from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import MISSING
from sqlmodel import Field, SQLModel

from src.api.dependencies import IfMatch, provide
from src.api.routing import ResourceRouter
from src.core.search import Search, searched
from src.models.base import Entity
from src.models.types import BoolQuery, Int32, Int32Query, NonBlank, Text, Trimmed
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import Page, PageQuery
from src.services.base import CrudService
from tests.things import Thing

ThingNoteTitle = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]
ThingNoteBody = Annotated[Text | None, Field(max_length=10_000)]


class ThingNoteBase(SQLModel):
    title: ThingNoteTitle
    body: ThingNoteBody = None
    stars: Int32 | None = None


class ThingNote(ThingNoteBase, Entity, table=True):
    metadata = Thing.metadata
    __tablename__ = "thing_notes"
    __table_args__ = (searched("title", "body"),)


class ThingNoteCreate(ThingNoteBase, Payload):
    pass


class ThingNoteUpdate(Payload):
    title: ThingNoteTitle | MISSING = MISSING
    body: ThingNoteBody | MISSING = MISSING
    stars: Int32 | None | MISSING = MISSING


class ThingNoteResponse(ThingNoteBase, EntityResponse):
    pass


class ThingNoteQuery(PageQuery):
    sort: Literal["id", "-id", "stars", "-stars"] = "-id"
    q: Search | MISSING = MISSING
    body_null: BoolQuery | MISSING = MISSING
    stars_min: Int32Query | MISSING = MISSING
    stars_max: Int32Query | MISSING = MISSING
    stars_null: BoolQuery | MISSING = MISSING


class ThingNoteService(CrudService[ThingNote, ThingNoteCreate, ThingNoteUpdate, ThingNoteResponse]):
    model = ThingNote
    response = ThingNoteResponse


ThingNoteServiceDep = Annotated[ThingNoteService, Depends(provide(ThingNoteService))]

router = ResourceRouter("/thing-notes")


@router.get("")
async def list_thing_notes(
    notes: ThingNoteServiceDep, query: Annotated[ThingNoteQuery, Query()]
) -> Page[ThingNoteResponse]:
    return await notes.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_thing_note(notes: ThingNoteServiceDep, data: ThingNoteCreate) -> ThingNoteResponse:
    return await notes.create(data)


@router.get("/{thing_note_id}")
async def get_thing_note(notes: ThingNoteServiceDep, thing_note_id: UUID) -> ThingNoteResponse:
    return await notes.get(thing_note_id)


@router.patch("/{thing_note_id}")
async def update_thing_note(
    notes: ThingNoteServiceDep, thing_note_id: UUID, changes: ThingNoteUpdate, if_match: IfMatch
) -> ThingNoteResponse:
    return await notes.update(thing_note_id, changes, if_match)


@router.delete("/{thing_note_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_thing_note(
    notes: ThingNoteServiceDep, thing_note_id: UUID, if_match: IfMatch
) -> None:
    await notes.delete(thing_note_id, if_match)
