"""Experiments in MLflow's protocol: https://mlflow.org/docs/latest/rest-api.html."""

from typing import Annotated, Literal

from pydantic import Field

from src.models.project import ProjectName
from src.models.types import Trimmed
from src.schemas.mlflow_base import (
    Id,
    Key,
    KeyValue,
    MlflowAnswer,
    MlflowRequest,
    SearchRequest,
    Tag,
    Tags,
    ViewType,
)

LifecycleStage = Literal["active", "deleted"]


class CreateExperiment(MlflowRequest):
    name: ProjectName
    artifact_location: Annotated[str, Field(max_length=500)] = ""
    tags: Tags = Field(default=[])


class ExperimentId(MlflowRequest, MlflowAnswer):
    experiment_id: Id


class ExperimentNamed(MlflowRequest):
    experiment_name: Annotated[str, Field(max_length=500), Trimmed]


class UpdateExperiment(ExperimentId):
    new_name: ProjectName | None = None


class SetExperimentTag(Tag, ExperimentId):
    pass


class DeleteExperimentTag(ExperimentId):
    key: Key


class SearchExperiments(SearchRequest):
    view_type: ViewType = "ACTIVE_ONLY"


class Experiment(MlflowAnswer):
    experiment_id: str
    name: str
    artifact_location: str
    lifecycle_stage: LifecycleStage
    creation_time: int
    last_update_time: int
    tags: list[KeyValue]


class ExperimentAnswer(MlflowAnswer):
    experiment: Experiment


class ExperimentsAnswer(MlflowAnswer):
    experiments: list[Experiment]
    next_page_token: str | None = None
