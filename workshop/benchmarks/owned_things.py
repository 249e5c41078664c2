"""The things of the tests, owned: what a request with a token costs, with an insert and no more.

Projects, the example's, also make a document.
"""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import UniqueConstraint

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.models.owned import Owned
from src.schemas.page import Page
from src.services.owned import OwnedService
from tests.things import ThingBase, ThingCreate, ThingQuery, ThingResponse, ThingUpdate


class OwnedThing(ThingBase, Owned, table=True):
    __tablename__ = "owned_things"
    __table_args__ = (UniqueConstraint("owner_id", "id"), UniqueConstraint("owner_id", "name"))


class OwnedThingService(OwnedService[OwnedThing, ThingCreate, ThingUpdate, ThingResponse]):
    model = OwnedThing
    response = ThingResponse


OwnedThingServiceDep = Annotated[OwnedThingService, Depends(provide_owned(OwnedThingService))]

router = ResourceRouter("/owned-things")


@router.get("")
async def list_owned_things(
    things: OwnedThingServiceDep, query: Annotated[ThingQuery, Query()]
) -> Page[ThingResponse]:
    return await things.find(query)


@router.post("", status_code=HTTPStatus.CREATED)
async def create_owned_thing(things: OwnedThingServiceDep, data: ThingCreate) -> ThingResponse:
    return await things.create(data)


@router.get("/{thing_id}")
async def get_owned_thing(things: OwnedThingServiceDep, thing_id: UUID) -> ThingResponse:
    return await things.get(thing_id)


@router.patch("/{thing_id}")
async def update_owned_thing(
    things: OwnedThingServiceDep, thing_id: UUID, changes: ThingUpdate, if_match: IfMatch
) -> ThingResponse:
    return await things.update(thing_id, changes, if_match)
