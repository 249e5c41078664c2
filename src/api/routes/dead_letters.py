from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from src.api.caller import provide_owned
from src.api.dependencies import IfMatch
from src.api.routing import ResourceRouter
from src.schemas.dead_letter import DeadLetterQuery, DeadLetterResponse
from src.schemas.page import Page
from src.services.dead_letter import DeadLetterService

DeadLetterServiceDep = Annotated[DeadLetterService, Depends(provide_owned(DeadLetterService))]

router = ResourceRouter("/dead-letters")


@router.get("")
async def list_dead_letters(
    letters: DeadLetterServiceDep, query: Annotated[DeadLetterQuery, Query()]
) -> Page[DeadLetterResponse]:
    """List records of streams that could not be written."""
    return await letters.find(query)


@router.get("/{letter_id}")
async def get_dead_letter(letters: DeadLetterServiceDep, letter_id: UUID) -> DeadLetterResponse:
    return await letters.get(letter_id)


@router.delete("/{letter_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_dead_letter(
    letters: DeadLetterServiceDep, letter_id: UUID, if_match: IfMatch
) -> None:
    await letters.delete(letter_id, if_match)
