from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from src.models.base import utc_now


class StreamPosition(SQLModel, table=True):
    """How far a consumer has read a partition, written in the transaction of what it has read.

    The position is text that is compared for equality only: an offset, a number of bytes, or a
    sequence number of 56 digits.
    """

    __tablename__ = "stream_positions"

    owner_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    consumer: str = Field(primary_key=True, max_length=100)
    source: str = Field(primary_key=True, max_length=250)
    partition: str = Field(primary_key=True, max_length=100)
    position: str = Field(max_length=200)
    moved_at: datetime = Field(default_factory=utc_now)
