from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import MISSING, BaseModel, Field, model_validator

from src.models.deployment import (
    DeploymentBase,
    DeploymentBaseImage,
    DeploymentEnvironment,
    DeploymentEnvVars,
    DeploymentMessage,
    DeploymentProgress,
    DeploymentReason,
    DeploymentReplicas,
    DeploymentStatus,
)
from src.models.model_version import ModelVersionStage
from src.models.quantities import CpuQuantity, MemoryQuantity
from src.models.types import Bool, BoolQuery, Float, Int32Query, Text
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several

MetricName = Annotated[Text, Field(min_length=1, max_length=250)]
MegaBytes = Annotated[Float, Field(ge=0, le=9_000_000_000)]


class SecondaryMetric(Payload):
    """Limits of a metric. Without any, the version only has to have the metric."""

    name: MetricName
    at_least: Float | None = None
    at_most: Float | None = None


class Criteria(Payload):
    """Conditions for a version of the model; the best that meets them is chosen, or the latest."""

    model_config = {"use_attribute_docstrings": True}  # noqa: RUF012  # Pydantic's own

    ml_model_id: UUID
    primary_metric: MetricName
    """The metric of the version's `test_metrics` that ranks versions."""
    goal: Literal["max", "min"] = "max"
    """Whether the greatest value of the primary metric is the best, or the smallest."""
    metric_threshold: Float | None = None
    """The value of the primary metric from which on a version is good enough."""
    secondary_metrics: list[SecondaryMetric] = Field(default=[], max_length=10)
    max_model_size_mb: MegaBytes | None = None
    """Of a million bytes each."""
    stages: Annotated[list[ModelVersionStage], Field(min_length=1, max_length=4)] | None = None
    prefer_latest: Bool = False


class Candidate(BaseModel):
    """A version that does not meet the criteria."""

    version_id: UUID
    number: int
    value: float | None
    """The value of the criteria's `primary_metric`."""
    fails: list[str]
    """The criteria that the version fails, such as `metric_threshold` or `secondary_metrics.0`."""


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
    """An absent field stays as it is; a null one is cleared, where that is allowed.

    A new version needs a new deployment.
    """

    environment: DeploymentEnvironment | MISSING = MISSING
    base_image: DeploymentBaseImage | MISSING = MISSING
    cpu_limit: CpuQuantity | MISSING = MISSING
    memory_limit: MemoryQuantity | MISSING = MISSING
    env_vars: DeploymentEnvVars | MISSING = MISSING
    replicas: DeploymentReplicas | MISSING = MISSING
    status: DeploymentStatus | MISSING = MISSING
    progress: DeploymentProgress | MISSING = MISSING
    message: DeploymentMessage | MISSING = MISSING


class DeploymentResponse(DeploymentBase, EntityResponse):
    version_id: UUID
    status: DeploymentStatus
    progress: DeploymentProgress
    message: DeploymentMessage
    reason: DeploymentReason
    """Why this version was chosen; null if it was named."""


class DeploymentQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    version_id: UUID | MISSING = MISSING
    version_id_in: Several[UUID] | MISSING = MISSING
    environment: DeploymentEnvironment | MISSING = MISSING
    environment_in: Several[DeploymentEnvironment] | MISSING = MISSING
    replicas_min: Int32Query | MISSING = MISSING
    replicas_max: Int32Query | MISSING = MISSING
    status: DeploymentStatus | MISSING = MISSING
    status_in: Several[DeploymentStatus] | MISSING = MISSING
    progress_min: Int32Query | MISSING = MISSING
    progress_max: Int32Query | MISSING = MISSING
    message_null: BoolQuery | MISSING = MISSING
