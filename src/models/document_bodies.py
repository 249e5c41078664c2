"""The kinds of documents: the fields that the body of each has.

A field without a value is absent: none is null.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, Field, StringConstraints

from src.models.json_objects import JsonModel, JsonObject
from src.models.json_types import Measures, Parameters, Tags
from src.models.types import NonBlank, SafeInt, Url

CHECKPOINTS = 1_000
OUTPUTS = 100
WARNINGS = 20

Line = Annotated[NonBlank, Field(max_length=500)]
Address = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*:/[A-Za-z0-9._~/%?#@=+-]+$", max_length=500),
]
"""Such as ``s3://models/digits/1`` or ``mlflow-artifacts:/1``."""
Count = Annotated[SafeInt, Field(ge=0)]


class Checkpoint(JsonModel):
    uri: Address
    step: Count | MISSING = MISSING


class TrainingData(JsonModel):
    file_id: UUID
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    rows: Count | MISSING = MISSING
    columns: Count | MISSING = MISSING


class ModelSession(JsonModel):
    """How a model is trained, or was."""

    kind: Literal["model_session"]
    schema_version: Literal[2] = 2
    status: Literal["active", "finished", "failed"] = "active"
    framework: Line | MISSING = MISSING
    hyperparameters: Parameters = Field(default={})
    packages: Tags = Field(default={})
    """Versions by name."""
    checkpoints: list[Checkpoint] = Field(default=[], max_length=CHECKPOINTS)
    experiment_id: UUID | MISSING = MISSING
    model_version_id: UUID | MISSING = MISSING
    data: TrainingData | MISSING = MISSING
    request: JsonObject | MISSING = MISSING
    """What the training was given: enough to repeat it with the data."""
    environment: Tags | MISSING = MISSING
    durations: Measures | MISSING = MISSING
    """Seconds by what took them."""
    train_metrics: Measures | MISSING = MISSING
    test_metrics: Measures | MISSING = MISSING
    warnings: Annotated[list[Line], Field(max_length=WARNINGS)] | MISSING = MISSING


class MlflowMetadata(JsonModel):
    """A run of MLflow, in its own words."""

    kind: Literal["mlflow_metadata"]
    schema_version: Literal[1] = 1
    tracking_uri: Url
    run_id: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
    run_name: Line | MISSING = MISSING
    experiment_id: Annotated[str, StringConstraints(pattern="^[0-9]{1,20}$")] | MISSING = MISSING
    artifact_uri: Address | MISSING = MISSING
    params: Tags = Field(default={})
    tags: Tags = Field(default={})


class DvcOutput(JsonModel):
    """A file, or a folder, as a ``.dvc`` file names it."""

    path: Line
    md5: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}(\.dir)?$")]
    hash: Literal["md5"] = "md5"
    size: Count | MISSING = MISSING
    nfiles: Count | MISSING = MISSING


class DvcMetadata(JsonModel):
    """Data under the control of DVC, and where it is."""

    kind: Literal["dvc_metadata"]
    schema_version: Literal[1] = 1
    outs: list[DvcOutput] = Field(min_length=1, max_length=OUTPUTS)
    remote: Line | MISSING = MISSING
    repo: Url | MISSING = MISSING
    rev: Annotated[str, StringConstraints(pattern="^[0-9a-f]{7,40}$")] | MISSING = MISSING


class ProjectConfig(JsonModel):
    """What a project agrees on. Each project has one."""

    kind: Literal["project_config"]
    schema_version: Literal[1] = 1
    primary_metric: Line | MISSING = MISSING
    base_image: Line | MISSING = MISSING
    settings: JsonObject = Field(default={})
