from uuid import UUID

from sqlmodel import Field

from src.models.base import Entity
from src.models.link import Link


class Owned(Entity):
    """A row that only its owner can see."""

    owner_id: UUID = Field(foreign_key="users.id", sa_column_kwargs={"info": {"scope": True}})


class OwnedLink(Link):
    """A link that only its owner can see, as one of the rows at least."""

    owner_id: UUID = Field(sa_column_kwargs={"info": {"scope": True}})
