from typing import Literal

from pydantic import MISSING

from src.models.dead_letter import DeadLetterBase
from src.models.types import NonBlank
from src.schemas.base import EntityResponse
from src.schemas.page import PageQuery


class DeadLetterResponse(DeadLetterBase, EntityResponse):
    collection = "dead-letters"


class DeadLetterQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    consumer: NonBlank | MISSING = MISSING
