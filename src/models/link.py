from datetime import datetime

from sqlmodel import Field, SQLModel

from src.models.base import utc_now


class Link(SQLModel):
    """A pair of rows of two tables. The primary key names the row that has links first."""

    created_at: datetime = Field(default_factory=utc_now)
