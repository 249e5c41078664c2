"""Links of the tests' own features: of parts with other things, and with each other."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.dependencies import provide
from src.api.routing import ResourceRouter
from src.schemas.page import Page
from src.services.including import IncludingLinkService
from src.services.links import LinkService
from tests.thing_parts import (
    ThingPart,
    ThingPartIncluding,
    ThingPartMate,
    ThingPartOther,
    ThingPartQuery,
    ThingPartResponse,
)
from tests.things import Thing, ThingQuery, ThingResponse


class ThingPartOtherService(LinkService[ThingResponse]):
    link = ThingPartOther
    source = ThingPart
    target = Thing
    response = ThingResponse


class ThingPartMateService(IncludingLinkService[ThingPartResponse, ThingPartIncluding]):
    link = ThingPartMate
    source = ThingPart
    target = ThingPart
    response = ThingPartResponse
    including = ThingPartIncluding


ThingPartOtherServiceDep = Annotated[ThingPartOtherService, Depends(provide(ThingPartOtherService))]
ThingPartMateServiceDep = Annotated[ThingPartMateService, Depends(provide(ThingPartMateService))]

router = ResourceRouter("/thing-parts")


@router.get("/{thing_part_id}/others")
async def list_thing_part_others(
    links: ThingPartOtherServiceDep, thing_part_id: UUID, query: Annotated[ThingQuery, Query()]
) -> Page[ThingResponse]:
    return await links.find(thing_part_id, query)


@router.put("/{thing_part_id}/others/{other_id}", status_code=HTTPStatus.NO_CONTENT)
async def link_thing_part_other(
    links: ThingPartOtherServiceDep, thing_part_id: UUID, other_id: UUID
) -> None:
    await links.add(thing_part_id, other_id)


@router.delete("/{thing_part_id}/others/{other_id}", status_code=HTTPStatus.NO_CONTENT)
async def unlink_thing_part_other(
    links: ThingPartOtherServiceDep, thing_part_id: UUID, other_id: UUID
) -> None:
    await links.remove(thing_part_id, other_id)


@router.get("/{thing_part_id}/mates")
async def list_thing_part_mates(
    links: ThingPartMateServiceDep, thing_part_id: UUID, query: Annotated[ThingPartQuery, Query()]
) -> Page[ThingPartIncluding]:
    return await links.find_including(thing_part_id, query)


@router.put("/{thing_part_id}/mates/{mate_id}", status_code=HTTPStatus.NO_CONTENT)
async def link_thing_part_mate(
    links: ThingPartMateServiceDep, thing_part_id: UUID, mate_id: UUID
) -> None:
    await links.add(thing_part_id, mate_id)


@router.delete("/{thing_part_id}/mates/{mate_id}", status_code=HTTPStatus.NO_CONTENT)
async def unlink_thing_part_mate(
    links: ThingPartMateServiceDep, thing_part_id: UUID, mate_id: UUID
) -> None:
    await links.remove(thing_part_id, mate_id)
