from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from src.core.ids import uuid7
from src.models.base import utc_now
from src.models.json_objects import JsonColumn


class Preview(SQLModel, table=True):
    """What the data of a content look like, read in one way. All files of an owner share it."""

    __tablename__ = "previews"
    __table_args__ = (UniqueConstraint("owner_id", "md5", "options"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    owner_id: UUID = Field(
        foreign_key="users.id", ondelete="CASCADE", sa_column_kwargs={"info": {"scope": True}}
    )
    md5: str = Field(max_length=32, foreign_key="contents.md5", ondelete="CASCADE", index=True)
    """The content, which takes its previews with it."""
    options: str = Field(max_length=100)
    """How its owner wants it to be read."""
    content: dict[str, Any] = Field(sa_type=JsonColumn)
    created_at: datetime = Field(default_factory=utc_now)
