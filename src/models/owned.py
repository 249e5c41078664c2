from uuid import UUID

from sqlmodel import Field

from src.models.base import Entity


class Owned(Entity):
    """A row that only its owner can see."""

    owner_id: UUID = Field(foreign_key="users.id", sa_column_kwargs={"info": {"scope": True}})
