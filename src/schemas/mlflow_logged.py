"""Logged models and artefacts in MLflow's protocol."""

from typing import Annotated, Literal

from pydantic import Field

from src.models.types import Text
from src.schemas.mlflow_base import (
    ASKED,
    ORDERS,
    VALUE_LENGTH,
    FilterText,
    Id,
    KeyValue,
    MlflowAnswer,
    MlflowRequest,
    PageToken,
    Tags,
)
from src.schemas.mlflow_names import free_of
from src.schemas.mlflow_tracking import EXPERIMENTS, MetricAnswer, Param

MODELS = 100
"""Most logged models of an answer."""
PARAMS = 1_000
PARAMS_BYTES = 2_500_000

LoggedModelStatus = Literal[
    "LOGGED_MODEL_STATUS_UNSPECIFIED",
    "LOGGED_MODEL_PENDING",
    "LOGGED_MODEL_READY",
    "LOGGED_MODEL_UPLOAD_FAILED",
]
ModelName = Annotated[Text, Field(max_length=500)]


class ModelParam(Param):
    value: Annotated[Text, Field(max_length=VALUE_LENGTH)] = ""


class CreateLoggedModel(MlflowRequest):
    experiment_id: Id
    name: Annotated[ModelName, free_of("/:.%\"'")] = ""
    model_type: ModelName = ""
    source_run_id: Id = ""
    params: Annotated[list[ModelParam], Field(max_length=PARAMS)] = Field(default=[])
    tags: Tags = Field(default=[])


class FinalizeLoggedModel(MlflowRequest):
    status: LoggedModelStatus


class SetLoggedModelTags(MlflowRequest):
    tags: Tags


class LogLoggedModelParams(MlflowRequest):
    params: Annotated[list[ModelParam], Field(max_length=PARAMS)]


class OfDataset(MlflowRequest):
    dataset_name: ModelName = ""
    dataset_digest: Annotated[Text, Field(max_length=36)] = ""


class LoggedModelOrder(OfDataset):
    field_name: Annotated[Text, Field(max_length=300)]
    ascending: bool = True


class SearchLoggedModels(MlflowRequest):
    experiment_ids: Annotated[list[Id], Field(max_length=EXPERIMENTS)] = Field(default=[])
    filter: FilterText = ""
    datasets: Annotated[list[OfDataset], Field(max_length=ORDERS)] = Field(default=[])
    max_results: Annotated[int, Field(ge=1, le=ASKED)] = MODELS
    order_by: Annotated[list[LoggedModelOrder], Field(max_length=ORDERS)] = Field(default=[])
    page_token: PageToken = ""


class Registration(MlflowAnswer):
    name: str
    version: str


class LoggedModelInfo(MlflowAnswer):
    model_id: str
    experiment_id: str
    name: str
    creation_timestamp_ms: int
    last_updated_timestamp_ms: int
    artifact_uri: str
    status: LoggedModelStatus
    model_type: str
    source_run_id: str | None
    tags: list[KeyValue]
    registrations: list[Registration]


class LoggedModelData(MlflowAnswer):
    params: list[KeyValue]
    metrics: list[MetricAnswer]


class LoggedModel(MlflowAnswer):
    info: LoggedModelInfo
    data: LoggedModelData


class LoggedModelAnswer(MlflowAnswer):
    model: LoggedModel


class LoggedModelsAnswer(MlflowAnswer):
    models: list[LoggedModel]
    next_page_token: str | None = None


ArtifactPath = Annotated[Text, Field(max_length=700)]


class ListOfPlace(MlflowRequest):
    path: ArtifactPath = ""


class ListOfRun(ListOfPlace):
    run_id: Id = ""
    run_uuid: Id = ""


class ListOfModel(MlflowRequest):
    artifact_directory_path: ArtifactPath = ""


class FileInfo(MlflowAnswer):
    path: str
    is_dir: bool
    file_size: int | None = None


class FilesAnswer(MlflowAnswer):
    files: list[FileInfo]
    root_uri: str | None = None
