"""Requests about registered models and their versions in MLflow's protocol."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from src.models.ml_model import MlModelDescription, MlModelName
from src.models.model_alias import ModelAliasName
from src.models.types import Text, Trimmed
from src.schemas.mlflow_base import (
    Id,
    Key,
    MlflowRequest,
    Note,
    Tag,
    Tags,
)
from src.schemas.mlflow_names import as_path, free_of

MODELS = 100
"""Most registered models, or versions, of an answer."""
_RESERVED = re.compile(r"latest|v[0-9]+", re.IGNORECASE)

Name = Annotated[Text, Field(max_length=256), Trimmed]
NewName = Annotated[MlModelName, free_of("/:"), AfterValidator(as_path)]
Uri = Annotated[Text, Field(max_length=500)]


def _free(alias: str) -> str:
    if _RESERVED.fullmatch(alias):
        msg = "is what MLflow calls a version without an alias"
        raise ValueError(msg)
    return alias


Alias = Annotated[ModelAliasName, AfterValidator(_free)]


class ModelNamed(MlflowRequest):
    name: Name


class VersionNamed(ModelNamed):
    version: Annotated[str, Field(max_length=20)]


class AliasNamed(ModelNamed):
    alias: Annotated[Text, Field(max_length=255)]


class CreateRegisteredModel(MlflowRequest):
    name: NewName
    description: MlModelDescription = None
    tags: Tags = Field(default=[])


class RenameRegisteredModel(ModelNamed):
    new_name: NewName


class UpdateRegisteredModel(ModelNamed):
    description: MlModelDescription = None


class SetModelTag(Tag, ModelNamed):
    pass


class DeleteModelTag(ModelNamed):
    key: Key


class SetAlias(VersionNamed):
    alias: Alias


class GetLatestVersions(ModelNamed):
    stages: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=10)] = Field(
        default=[]
    )


class CreateModelVersion(ModelNamed):
    source: Uri
    run_id: Id = ""
    model_id: Id = ""
    run_link: Uri = ""
    description: Note = ""
    tags: Tags = Field(default=[])


class UpdateModelVersion(VersionNamed):
    description: Note = ""


class TransitionStage(VersionNamed):
    stage: Annotated[str, Field(max_length=20)]
    archive_existing_versions: bool = False


class SetVersionTag(Tag, VersionNamed):
    pass


class DeleteVersionTag(VersionNamed):
    key: Key
