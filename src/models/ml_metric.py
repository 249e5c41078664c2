from typing import Annotated
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from src.models.types import SafeInt, Text, Timestamp

MlMetricKey = Annotated[Text, Field(min_length=1, max_length=250)]
MlMetricStep = SafeInt
FIRST_STEP, LAST_STEP = -(2**53) + 1, 2**53 - 1


class MlMetric(SQLModel, table=True):
    """One point of a curve. It is not a resource: it has no id, no version and no URL."""

    __tablename__ = "ml_metrics"
    # SQLite then stores the points by primary key, which is the order in which they are read.
    __table_args__ = {"sqlite_with_rowid": False}

    experiment_id: UUID = Field(foreign_key="experiments.id", ondelete="CASCADE", primary_key=True)
    key: MlMetricKey = Field(primary_key=True)
    step: MlMetricStep = Field(primary_key=True, sa_type=BigInteger)
    value: float | None = None
    """Null if it was not a finite number."""
    recorded_at: Timestamp
