"""The values of features. They are not resources: they have no id, no version and no URL."""

from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from src.models.types import Text, Timestamp

EntityKey = Annotated[Text, Field(min_length=1, max_length=200)]


class FeatureValue(SQLModel, table=True):
    """What was known about an entity from a time on. A row never changes."""

    __tablename__ = "feature_values"
    # SQLite then stores the rows by primary key, which is the order in which they are read.
    __table_args__ = {"sqlite_with_rowid": False}

    view_id: UUID = Field(foreign_key="feature_views.id", ondelete="CASCADE", primary_key=True)
    entity: EntityKey = Field(primary_key=True)
    event_at: Timestamp = Field(primary_key=True)
    # Plain JSON keeps the text, by which equal values are known, and every digit of a number.
    values: dict[str, Any] = Field(sa_type=JSON)
    created_at: Timestamp


class FeatureLatest(SQLModel, table=True):
    """The values of the latest event of each entity."""

    __tablename__ = "feature_latest"
    __table_args__ = {"sqlite_with_rowid": False}

    view_id: UUID = Field(foreign_key="feature_views.id", ondelete="CASCADE", primary_key=True)
    entity: EntityKey = Field(primary_key=True)
    event_at: Timestamp
    values: dict[str, Any] = Field(sa_type=JSON)
