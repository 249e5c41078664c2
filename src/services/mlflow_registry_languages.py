"""What registered models and versions are searched by."""

from sqlalchemy import func
from sqlmodel import col

from src.models.ml_model import MlModel
from src.models.mlflow_registry import MlflowModel, MlflowVersion
from src.models.model_version import ModelVersion
from src.services.mlflow_conditions import Expression, Language, hex_of, milliseconds_of
from src.services.mlflow_json import json_text

IS_PROMPT = "mlflow.prompt.is_prompt"
"""A tag whose absence means false, to the client."""


def _tag(key: str) -> Expression:
    value = json_text(col(MlflowModel.tags), key)
    return func.coalesce(value, "false") if key == IS_PROMPT else value


def language_of_models(dialect: str) -> Language:
    created = milliseconds_of(col(MlModel.created_at), dialect)
    updated = milliseconds_of(col(MlModel.updated_at), dialect)
    return Language(
        texts={"name": col(MlModel.name)},
        numbers={
            "creation_timestamp": created,
            "timestamp": updated,
            "last_updated_timestamp": updated,
        },
        named={"tag": _tag},
    )


def language_of_versions(dialect: str) -> Language:
    version = ModelVersion
    return Language(
        texts={
            "name": col(MlModel.name),
            "run_id": hex_of(col(version.experiment_id)),
            "source_path": func.coalesce(col(MlflowVersion.source), col(version.storage_uri)),
        },
        numbers={
            "version_number": col(version.number),
            "creation_timestamp": milliseconds_of(col(version.created_at), dialect),
            "last_updated_timestamp": milliseconds_of(col(version.updated_at), dialect),
        },
        named={"tag": lambda key: json_text(col(MlflowVersion.tags), key)},
    )
