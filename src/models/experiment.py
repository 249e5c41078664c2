from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.json_types import Parameters, Tags
from src.models.owned import Owned
from src.models.types import NonBlank, Text, Timestamp, Trimmed, Url, one_of

ExperimentName = Annotated[NonBlank, Field(min_length=1, max_length=250), Trimmed]
ExperimentDescription = Annotated[Text | None, Field(max_length=2000)]
ExperimentModelType = Annotated[NonBlank | None, Field(min_length=1, max_length=100), Trimmed]
ExperimentStatus = Literal["created", "running", "completed", "failed", "cancelled"]
ExperimentRunId = Annotated[NonBlank | None, Field(min_length=1, max_length=64), Trimmed]
ExperimentRunUrl = Annotated[Url | None, Field(max_length=2000)]
ExperimentSourceCommit = Annotated[
    str | None,
    StringConstraints(pattern=r"^[0-9a-f]{7,40}$"),
    Field(min_length=1, max_length=200, schema_extra={"examples": ["8ecdfc8"]}),
]

NEXT_STATUSES: Mapping[ExperimentStatus, Sequence[ExperimentStatus]] = {
    "created": ("running", "cancelled"),
    "running": ("completed", "failed", "cancelled"),
    "failed": ("running",),
    "completed": (),
    "cancelled": (),
}


class ExperimentBase(SQLModel):
    project_id: UUID
    name: ExperimentName
    description: ExperimentDescription = None
    model_type: ExperimentModelType = None
    hyperparameters: Parameters = Field(default_factory=dict, sa_type=JsonColumn)
    tags: Tags = Field(default_factory=dict, sa_type=JsonColumn)
    status: ExperimentStatus = Field(default="created", sa_type=String)
    run_id: ExperimentRunId = None
    run_url: ExperimentRunUrl = None
    source_commit: ExperimentSourceCommit = None


class Experiment(ExperimentBase, Owned, table=True):
    __tablename__ = "experiments"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(["project_id", "owner_id"], ["projects.id", "projects.owner_id"]),
        Index(None, "project_id"),
        Index(None, "model_type"),
        one_of("status", ExperimentStatus),
        Index(None, "run_id"),
        UniqueConstraint("owner_id", "project_id", "name"),
    )

    started_at: Timestamp | None = None
    """The time of the first start. A retry keeps it, and keeps the points recorded before."""
    finished_at: Timestamp | None = None
    """The time of completion, failure or cancellation. A retry clears it."""
