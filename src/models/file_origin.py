from typing import Any, Literal
from uuid import UUID

from sqlalchemy import String
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.types import one_of

FilePart = Literal["train", "test"]


class FileOrigin(SQLModel, table=True):
    """How a file was made from another one."""

    __tablename__ = "file_origins"
    __table_args__ = (one_of("part", FilePart),)

    file_id: UUID = Field(foreign_key="files.id", ondelete="CASCADE", primary_key=True)
    derived_from: UUID | None = Field(
        default=None, foreign_key="files.id", ondelete="SET NULL", index=True
    )
    """Null once that file is deleted."""
    sha256: str = Field(max_length=64)
    """Of that file's content."""
    steps: list[Any] = Field(sa_type=JsonColumn)
    part: FilePart | None = Field(default=None, sa_type=String)
    """Which part of the rows it has, if they were split."""
