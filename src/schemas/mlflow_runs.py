"""A whole run in MLflow's protocol, with its data sets and models."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from src.models.types import Text
from src.schemas.mlflow_base import Id, KeyValue, MlflowAnswer, MlflowRequest, Tag
from src.schemas.mlflow_experiments import LifecycleStage
from src.schemas.mlflow_tracking import (
    EXPERIMENTS,
    MetricAnswer,
    RunNamed,
    RunStatus,
    Step,
)

DATASETS = 100
"""Most data sets, and most models, of a request."""
DATASET_BYTES = 2_500_000
"""Room for data sets with their schemas and profiles."""
TAGS_OF_INPUT = 10
SUMMARIES = 1_000
"""Most data sets in the answer to a search."""


class Dataset(MlflowRequest, MlflowAnswer):
    name: Annotated[Text, Field(min_length=1, max_length=500)]
    digest: Annotated[Text, Field(min_length=1, max_length=36)]
    source_type: Annotated[Text, Field(max_length=36)] = ""
    source: Annotated[Text, Field(max_length=65_535)] = ""
    schema_: Annotated[Text | None, Field(max_length=1_048_575, alias="schema")] = None
    profile: Annotated[Text | None, Field(max_length=2_000_000)] = None


class InputTag(Tag):
    value: Annotated[Text, Field(max_length=500)] = ""


class DatasetInput(MlflowRequest):
    dataset: Dataset
    tags: Annotated[list[InputTag], Field(max_length=TAGS_OF_INPUT)] = Field(default=[])


class ModelInput(MlflowRequest, MlflowAnswer):
    model_id: Id


class ModelOutput(ModelInput):
    step: Step = 0


class LogInputs(RunNamed):
    datasets: Annotated[list[DatasetInput], Field(max_length=DATASETS)] = Field(default=[])
    models: Annotated[list[ModelInput], Field(max_length=DATASETS)] = Field(default=[])


class LogOutputs(RunNamed):
    models: Annotated[list[ModelOutput], Field(max_length=DATASETS)] = Field(default=[])


class SearchDatasets(MlflowRequest):
    experiment_ids: Annotated[list[Id], Field(max_length=EXPERIMENTS)]


class DatasetSummary(MlflowAnswer):
    experiment_id: str
    name: str
    digest: str
    context: str | None = None


class DatasetsAnswer(MlflowAnswer):
    dataset_summaries: list[DatasetSummary]


class DatasetInputAnswer(MlflowAnswer):
    dataset: Dataset
    tags: list[KeyValue]


@dataclass(slots=True)
class RunInfo:
    run_id: str
    run_uuid: str
    run_name: str
    experiment_id: str
    user_id: str
    status: RunStatus
    start_time: int
    end_time: int | None
    artifact_uri: str
    lifecycle_stage: LifecycleStage


@dataclass(slots=True)
class RunData:
    metrics: list[MetricAnswer]
    params: list[KeyValue]
    tags: list[KeyValue]


@dataclass(slots=True)
class RunInputs:
    dataset_inputs: list[DatasetInputAnswer]
    model_inputs: list[ModelInput]


@dataclass(slots=True)
class RunOutputs:
    model_outputs: list[ModelOutput]


@dataclass(slots=True)
class Run:
    info: RunInfo
    data: RunData
    inputs: RunInputs
    outputs: RunOutputs


class RunAnswer(MlflowAnswer):
    run: Run


class RunInfoAnswer(MlflowAnswer):
    run_info: RunInfo


class RunsAnswer(MlflowAnswer):
    runs: list[Run]
    next_page_token: str | None = None
