from uuid import UUID

from pydantic import BaseModel

from src.models.deployment import DeploymentEnvironment, DeploymentStatus
from src.models.experiment import ExperimentStatus
from src.models.model_version import ModelVersionStage


class LinkedProject(BaseModel):
    id: UUID
    name: str


class LinkedExperiment(BaseModel):
    id: UUID
    name: str
    status: ExperimentStatus


class LinkedVersion(BaseModel):
    id: UUID
    ml_model_id: UUID
    ml_model_name: str
    number: int
    experiment_id: UUID | None
    stage: ModelVersionStage


class LinkedDeployment(BaseModel):
    id: UUID
    version_id: UUID
    environment: DeploymentEnvironment
    status: DeploymentStatus


class Lineage(BaseModel):
    """The ancestors and the descendants of a row, the newest first."""

    project: LinkedProject
    experiments: list[LinkedExperiment]
    versions: list[LinkedVersion]
    deployments: list[LinkedDeployment]
    truncated: bool
    """True if a list has more rows than the 1,000 that are shown."""
