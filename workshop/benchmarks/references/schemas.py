"""What the references take and answer. None of it is the service's: a yardstick does not move."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Description = Annotated[str | None, Field(max_length=2000)]
Limit = Annotated[int, Field(ge=1, le=100)]


class ThingCreate(BaseModel, extra="forbid"):
    name: Name
    description: Description = None
    settings: dict[str, Any] = {}


class ThingUpdate(BaseModel, extra="forbid"):
    name: Name = ""
    description: Description = None
    settings: dict[str, Any] = {}


class Thing(BaseModel):
    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    name: str
    description: str | None
    settings: dict[str, Any]


class Page(BaseModel):
    items: list[Thing]
    next_cursor: str | None
    total: int | None = None


def digest_of(authorization: str) -> str:
    """Of the token, as the table of the service has it."""
    return sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
