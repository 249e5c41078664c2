from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, BaseModel, Field, model_validator

from src.models.deployment import (
    DeploymentBase,
    DeploymentCpuMillis,
    DeploymentEnvironment,
    DeploymentImage,
    DeploymentMemoryMib,
    DeploymentReason,
    DeploymentReplicas,
    DeploymentStatus,
    DeploymentVariables,
)
from src.models.model_version import ModelVersionSizeBytes, ModelVersionStage
from src.models.types import Float, Int32Query, Text
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery

MetricName = Annotated[Text, Field(min_length=1, max_length=100)]


class MetricGoal(Payload):
    """The metric that ranks versions, and the value from which on it is good enough."""

    name: MetricName
    goal: Literal["max", "min"]
    threshold: Float | None = None


class MetricLimits(Payload):
    """Limits of a metric. Without any, the version only has to have the metric."""

    name: MetricName
    at_least: Float | None = None
    at_most: Float | None = None


class Criteria(Payload):
    """Conditions for a version of the model; of several that meet them, `prefer` chooses one."""

    ml_model_id: UUID
    metric: MetricGoal
    also: list[MetricLimits] = Field(default=[], max_length=10)
    max_size_bytes: ModelVersionSizeBytes | None = None
    stages: Annotated[list[ModelVersionStage], Field(min_length=1, max_length=4)] | None = None
    prefer: Literal["best", "latest"] = "best"


class Candidate(BaseModel):
    """A version that does not meet the criteria."""

    version_id: UUID
    number: int
    value: float | None
    """The value of the criteria's `metric`."""
    fails: list[str]
    """The criteria that the version fails, such as `metric` or `also.0`."""


class DeploymentCreate(DeploymentBase, Payload):
    """A deployment of the named version, or of one that meets the criteria."""

    # One of the two. For `oneOf`, generators of clients would write no class, or one of each.
    model_config = {  # noqa: RUF012  # Pydantic's own
        "json_schema_extra": {
            "if": {"required": ["version_id"]},
            "then": {"not": {"required": ["criteria"]}},
            "else": {"required": ["criteria"]},
        }
    }

    version_id: UUID | MISSING = MISSING
    criteria: Criteria | MISSING = MISSING

    @model_validator(mode="after")
    def _choose_one_way(self) -> Self:
        if (self.version_id is MISSING) == (self.criteria is MISSING):
            msg = "Give either version_id or criteria."
            raise ValueError(msg)
        return self


class DeploymentUpdate(Payload):
    """An absent field stays as it is. A new version needs a new deployment."""

    environment: DeploymentEnvironment | MISSING = MISSING
    image: DeploymentImage | MISSING = MISSING
    cpu_millis: DeploymentCpuMillis | MISSING = MISSING
    memory_mib: DeploymentMemoryMib | MISSING = MISSING
    variables: DeploymentVariables | MISSING = MISSING
    replicas: DeploymentReplicas | MISSING = MISSING
    status: DeploymentStatus | MISSING = MISSING


class DeploymentResponse(DeploymentBase, EntityResponse):
    version_id: UUID
    status: DeploymentStatus
    reason: DeploymentReason
    """Why this version was chosen; null if it was named."""


class DeploymentQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    version_id: UUID | MISSING = MISSING
    environment: DeploymentEnvironment | MISSING = MISSING
    status: DeploymentStatus | MISSING = MISSING
    cpu_millis_min: Int32Query | MISSING = MISSING
    cpu_millis_max: Int32Query | MISSING = MISSING
    memory_mib_min: Int32Query | MISSING = MISSING
    memory_mib_max: Int32Query | MISSING = MISSING
    replicas_min: Int32Query | MISSING = MISSING
    replicas_max: Int32Query | MISSING = MISSING
