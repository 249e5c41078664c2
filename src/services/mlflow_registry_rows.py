"""Rows of models and versions, and how MLflow shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, unquote
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from src.models.base import table_of
from src.models.ml_model import MlModel
from src.models.mlflow_registry import MlflowModel, MlflowVersion
from src.models.model_version import ModelVersion, ModelVersionStage
from src.schemas.mlflow_base import listed
from src.schemas.mlflow_registered import ModelVersion as Version
from src.schemas.mlflow_registered import Stage
from src.services.mlflow_ids import SCHEME, milliseconds, model_id_of

STAGES: Mapping[ModelVersionStage, Stage] = {
    "development": "None",
    "staging": "Staging",
    "production": "Production",
    "archived": "Archived",
}
_URL = "mlflow-artifacts:///"


class ModelRow(NamedTuple):
    id: UUID
    name: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    tags: dict[str, str] | None


class VersionRow(NamedTuple):
    id: UUID
    model_id: UUID
    model_name: str
    number: int
    stage: ModelVersionStage
    storage_uri: str
    experiment_id: UUID | None
    created_at: datetime
    updated_at: datetime
    source: str | None
    description: str | None
    run_link: str | None
    logged_model_id: UUID | None
    tags: dict[str, str] | None

    def shown(self, aliases: list[str]) -> Version:
        return Version(
            name=self.model_name,
            version=str(self.number),
            creation_timestamp=milliseconds(self.created_at),
            last_updated_timestamp=milliseconds(self.updated_at),
            current_stage=STAGES[self.stage],
            description=self.description or "",
            source=self.source or address_of(self.storage_uri),
            run_id=self.experiment_id.hex if self.experiment_id else "",
            run_link=self.run_link or "",
            tags=listed(self.tags or {}),
            aliases=aliases,
            model_id=model_id_of(self.logged_model_id) if self.logged_model_id else None,
        )


def stored_at(address: str) -> str:
    """Return the URI under which a version has its artefacts at an address of MLflow's."""
    return _URL + quote(address.removeprefix(SCHEME), safe="/")


def address_of(storage_uri: str) -> str:
    """Return where MLflow's client finds the artefacts of a version."""
    if storage_uri.startswith(_URL):
        return SCHEME + unquote(storage_uri.removeprefix(_URL))
    return storage_uri


def _is_first(owner_id: UUID) -> ColumnElement[bool]:
    """Return the condition that no older model has the same name."""
    older, model = table_of(MlModel).alias(), table_of(MlModel)
    same = (older.c.owner_id == owner_id, older.c.name == model.c.name, older.c.id < model.c.id)
    return ~select(older.c.id).where(*same).correlate(model).exists()


def models_where(owner_id: UUID, *wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select the columns of `ModelRow`. Of several models with one name, the oldest counts."""
    model = col(MlModel.id)
    return (
        select(
            model,
            col(MlModel.name),
            col(MlModel.description),
            col(MlModel.created_at),
            col(MlModel.updated_at),
            col(MlflowModel.tags),
        )
        .outerjoin(MlflowModel, col(MlflowModel.ml_model_id) == model)
        .where(col(MlModel.owner_id) == owner_id, _is_first(owner_id), *wanted)
    )


def versions_where(owner_id: UUID, *wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Select the columns of `VersionRow`, of models that count."""
    version, more = ModelVersion, MlflowVersion
    return (
        select(
            col(version.id),
            col(version.ml_model_id),
            col(MlModel.name),
            col(version.number),
            col(version.stage),
            col(version.storage_uri),
            col(version.experiment_id),
            col(version.created_at),
            col(version.updated_at),
            col(more.source),
            col(more.description),
            col(more.run_link),
            col(more.model_id),
            col(more.tags),
        )
        .join(MlModel, col(MlModel.id) == col(version.ml_model_id))
        .outerjoin(more, col(more.version_id) == col(version.id))
        .where(col(version.owner_id) == owner_id, _is_first(owner_id), *wanted)
    )
