from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.owned import Owned


class DeadLetterBase(SQLModel):
    consumer: str = Field(max_length=100)
    source: str = Field(max_length=250)
    partition: str = Field(max_length=100)
    position: str = Field(max_length=200)
    """Where the source goes on after this record."""
    reason: str = Field(max_length=500)
    body: str
    """The record, or its beginning; bytes that are not UTF-8 appear as `\\xff`."""


class DeadLetter(DeadLetterBase, Owned, table=True):
    """A record that could not be written, kept in the transaction of those around it."""

    __tablename__ = "dead_letters"
    __table_args__ = (UniqueConstraint("owner_id", "id"), Index(None, "created_at"))
