"""Models that runs have logged, and the files that belong to runs and to these models."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.core.ids import uuid7
from src.models.json_objects import JsonColumn
from src.models.owned import Owned
from src.models.types import one_of

LoggedModelStatus = Literal["pending", "ready", "failed"]
Direction = Literal["input", "output"]


class MlflowLoggedModel(Owned, table=True):
    __tablename__ = "mlflow_logged_models"
    __table_args__ = (one_of("status", LoggedModelStatus), Index(None, "project_id"))

    project_id: UUID = Field(foreign_key="projects.id", ondelete="CASCADE")
    run_id: UUID | None = Field(
        default=None, foreign_key="experiments.id", ondelete="SET NULL", index=True
    )
    name: str = Field(max_length=500)
    model_type: str = Field(default="", max_length=500)
    status: LoggedModelStatus = Field(default="pending", sa_type=String)
    params: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
    deleted_at: datetime | None = None


class MlflowModelMetric(SQLModel, table=True):
    """A metric of a logged model, which its run has as well."""

    __tablename__ = "mlflow_model_metrics"

    model_id: UUID = Field(
        foreign_key="mlflow_logged_models.id", ondelete="CASCADE", primary_key=True
    )
    key: str = Field(primary_key=True, max_length=250)
    step: int = Field(primary_key=True, sa_type=BigInteger)
    logged_at: datetime = Field(primary_key=True)
    value: float | None = None
    """Null if it was not a number. The largest number stands for infinity."""
    run_id: UUID | None = Field(
        default=None, foreign_key="experiments.id", ondelete="CASCADE", index=True
    )
    dataset_name: str | None = Field(default=None, max_length=500)
    dataset_digest: str | None = Field(default=None, max_length=36)


class MlflowModelUse(SQLModel, table=True):
    """A logged model that a run has read or made."""

    __tablename__ = "mlflow_model_uses"
    __table_args__ = (one_of("direction", Direction),)

    run_id: UUID = Field(foreign_key="experiments.id", ondelete="CASCADE", primary_key=True)
    model_id: UUID = Field(
        foreign_key="mlflow_logged_models.id", ondelete="CASCADE", primary_key=True, index=True
    )
    direction: Direction = Field(primary_key=True, sa_type=String)
    step: int = Field(default=0, sa_type=BigInteger)


class MlflowArtifact(SQLModel, table=True):
    """The place of a file among the artefacts of a run or of a logged model."""

    __tablename__ = "mlflow_artifacts"
    __table_args__ = (
        UniqueConstraint("run_id", "path"),
        UniqueConstraint("model_id", "path"),
        CheckConstraint("(run_id IS NULL) <> (model_id IS NULL)", name="holder"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    run_id: UUID | None = Field(default=None, foreign_key="experiments.id", ondelete="CASCADE")
    model_id: UUID | None = Field(
        default=None, foreign_key="mlflow_logged_models.id", ondelete="CASCADE"
    )
    path: str = Field(max_length=500)
    file_id: UUID = Field(foreign_key="files.id", ondelete="CASCADE", index=True)
