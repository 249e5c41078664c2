from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as PydanticField
from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.json_types import AsWhole
from src.models.owned import Owned
from src.models.quantities import CpuQuantity, MemoryQuantity
from src.models.storable import storable
from src.models.types import Int32, NonBlank, Text, Trimmed, one_of

DeploymentEnvironment = Literal["development", "staging", "production"]
DeploymentBaseImage = Annotated[NonBlank, Field(min_length=1, max_length=300), Trimmed]
DeploymentReplicas = Annotated[Int32, Field(ge=0, le=1000)]
DeploymentStatus = Literal["pending", "running", "stopped", "failed"]
DeploymentProgress = Annotated[Int32, Field(ge=0, le=100)]
DeploymentMessage = Annotated[Text | None, Field(max_length=500)]
DeploymentReason = Annotated[Text | None, Field(max_length=500)]

# The rule of Kubernetes: neither "." nor what begins with ".." is a name.
EnvVarName = Annotated[
    str,
    StringConstraints(
        pattern=r"^([A-Za-z_-][A-Za-z0-9._-]*|\.[A-Za-z0-9_-][A-Za-z0-9._-]*)$", max_length=100
    ),
]
DeploymentEnvVars = Annotated[
    dict[EnvVarName, Annotated[Text, Field(max_length=2000)]],
    PydanticField(
        max_length=100,
        json_schema_extra={
            "description": "Environment variables. Not for secrets: every reader can see them.",
            "additionalProperties": False,
        },
    ),
    AsWhole(
        100,
        "must have at most 100 names of letters, digits, _, - and ., that start with neither a digit "
        "nor .., each with a text of at most 2000 characters",
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
    base_image: DeploymentBaseImage
    cpu_limit: CpuQuantity = "1000m"
    memory_limit: MemoryQuantity = "1Gi"
    env_vars: DeploymentEnvVars = Field(default_factory=dict, sa_type=JsonColumn)
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
    progress: DeploymentProgress = 0
    """Percent of the way to the status that the deployment is to have."""
    message: DeploymentMessage = None
    """What happens at present, or why it failed."""
    reason: DeploymentReason = None
