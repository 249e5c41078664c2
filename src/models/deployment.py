from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as PydanticField
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn, storable
from src.models.json_types import AsWhole
from src.models.owned import Owned
from src.models.types import Int32, NonBlank, Text, Trimmed, one_of

DeploymentEnvironment = Literal["development", "staging", "production"]
DeploymentImage = Annotated[NonBlank, Field(min_length=1, max_length=300), Trimmed]
DeploymentCpuMillis = Annotated[Int32, Field(ge=1, le=1000000)]
DeploymentMemoryMib = Annotated[Int32, Field(ge=1, le=10000000)]
DeploymentReplicas = Annotated[Int32, Field(ge=0, le=1000)]
DeploymentStatus = Literal["pending", "running", "stopped", "failed"]
DeploymentReason = Annotated[Text | None, Field(max_length=500)]

VariableName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)
]
DeploymentVariables = Annotated[
    dict[VariableName, Annotated[Text, Field(max_length=2000)]],
    PydanticField(
        max_length=100,
        json_schema_extra={
            "description": "Environment variables. Not for secrets: every reader can see them.",
            "additionalProperties": False,
        },
    ),
    AsWhole(
        100,
        "must have at most 100 names of letters, digits and _, that do not start with a digit, "
        "each with a text of at most 2000 characters",
    ),
    AfterValidator(storable),
]

NEXT_STATUSES: Mapping[DeploymentStatus, Sequence[DeploymentStatus]] = {
    "pending": ("running", "failed", "stopped"),
    "running": ("stopped", "failed"),
    "stopped": ("pending",),
    "failed": ("pending", "stopped"),
}


class DeploymentBase(SQLModel):
    environment: DeploymentEnvironment = Field(sa_type=String)
    image: DeploymentImage
    cpu_millis: DeploymentCpuMillis = 1000
    memory_mib: DeploymentMemoryMib = 1024
    variables: DeploymentVariables = Field(default_factory=dict, sa_type=JsonColumn)
    replicas: DeploymentReplicas = 1


class Deployment(DeploymentBase, Owned, table=True):
    __tablename__ = "deployments"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        ForeignKeyConstraint(
            ["version_id", "owner_id"], ["model_versions.id", "model_versions.owner_id"]
        ),
        Index(None, "version_id"),
        one_of("environment", DeploymentEnvironment),
        one_of("status", DeploymentStatus),
    )

    version_id: UUID
    status: DeploymentStatus = Field(default="pending", sa_type=String)
    reason: DeploymentReason = None
