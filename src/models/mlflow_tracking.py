"""What MLflow keeps of projects and experiments, which it calls experiments and runs, and their own
tables do not hold. A row without one of these was not made by MLflow's client.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.core.ids import uuid7
from src.models.base import utc_now
from src.models.json_objects import JsonColumn


class MlflowExperiment(SQLModel, table=True):
    __tablename__ = "mlflow_experiments"

    project_id: UUID = Field(foreign_key="projects.id", ondelete="CASCADE", primary_key=True)
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)


class MlflowRun(SQLModel, table=True):
    __tablename__ = "mlflow_runs"

    run_id: UUID = Field(foreign_key="experiments.id", ondelete="CASCADE", primary_key=True)
    name: str | None = Field(default=None, max_length=250)
    """The name that the client gave, if the experiment could not have it."""
    listed_as: str | None = Field(default=None, max_length=250)
    """The experiment's name that stands for it; it counts as long as the experiment has this one."""
    user_id: str = Field(default="", max_length=256)
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
    """Tags of MLflow's own, whose names begin with ``mlflow.``; others are the experiment's."""
    deleted_at: datetime | None = None
    """The time of a deletion that can be taken back."""


class MlflowPoint(SQLModel, table=True):
    """What tells a point of a curve from the one that the client has logged.

    Several points may be logged with one step. A curve has one point for each step, and so the
    others take the steps behind its end.
    """

    __tablename__ = "mlflow_points"
    __table_args__ = (
        ForeignKeyConstraint(
            ["run_id", "key", "step"],
            ["ml_metrics.experiment_id", "ml_metrics.key", "ml_metrics.step"],
            ondelete="CASCADE",
        ),
        Index("ix_mlflow_points_logged", "run_id", "key", "logged_step", "logged_at"),
    )

    run_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=250)
    step: int = Field(primary_key=True, sa_type=BigInteger)
    logged_step: int | None = Field(default=None, sa_type=BigInteger)
    """The step that was logged, if the point has another one."""
    logged_at: datetime
    sign: int = 0
    """Of an infinite value, 1 or -1."""


class MlflowInput(SQLModel, table=True):
    """A data set that a run has read."""

    __tablename__ = "mlflow_inputs"
    __table_args__ = (UniqueConstraint("run_id", "name", "digest"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    run_id: UUID = Field(foreign_key="experiments.id", ondelete="CASCADE")
    name: str = Field(max_length=500)
    digest: str = Field(max_length=36)
    source_type: str = ""
    source: str = ""
    schema_: str | None = Field(default=None, sa_column_kwargs={"name": "schema"})
    profile: str | None = None
    tags: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
    created_at: datetime = Field(default_factory=utc_now)
