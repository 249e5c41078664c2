from typing import Annotated
from uuid import UUID

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from src.models.types import SafeInt, Text, Timestamp

MlMetricKey = Annotated[Text, Field(min_length=1, max_length=100)]
MlMetricStep = Annotated[SafeInt, Field(ge=0)]


class MlMetric(SQLModel, table=True):
    """One point of one curve. It is no resource: it has no id, no version and no address."""

    __tablename__ = "ml_metrics"
    # SQLite, like an index, then keeps the points in the order in which they are read.
    __table_args__ = {"sqlite_with_rowid": False}

    experiment_id: UUID = Field(foreign_key="experiments.id", ondelete="CASCADE", primary_key=True)
    key: MlMetricKey = Field(primary_key=True)
    step: MlMetricStep = Field(primary_key=True, sa_type=BigInteger)
    value: float | None = None
    """Null where it was no finite number."""
    recorded_at: Timestamp
