"""Registered models and their versions in the answers of MLflow's protocol."""

from typing import Literal

from src.schemas.mlflow_base import KeyValue, MlflowAnswer

Stage = Literal["None", "Staging", "Production", "Archived"]


class ModelVersion(MlflowAnswer):
    name: str
    version: str
    creation_timestamp: int
    last_updated_timestamp: int
    current_stage: Stage
    description: str
    source: str
    run_id: str
    run_link: str
    status: Literal["READY"] = "READY"
    tags: list[KeyValue]
    aliases: list[str]
    model_id: str | None


class AliasAnswer(MlflowAnswer):
    alias: str
    version: str


class RegisteredModel(MlflowAnswer):
    name: str
    creation_timestamp: int
    last_updated_timestamp: int
    description: str
    tags: list[KeyValue]
    aliases: list[AliasAnswer]
    latest_versions: list[ModelVersion]


class ModelAnswer(MlflowAnswer):
    registered_model: RegisteredModel


class ModelsAnswer(MlflowAnswer):
    registered_models: list[RegisteredModel]
    next_page_token: str | None = None


class VersionAnswer(MlflowAnswer):
    model_version: ModelVersion


class VersionsAnswer(MlflowAnswer):
    model_versions: list[ModelVersion]
    next_page_token: str | None = None


class UriAnswer(MlflowAnswer):
    artifact_uri: str
