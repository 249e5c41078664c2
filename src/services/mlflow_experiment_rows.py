"""Rows of experiments, how MLflow shows them, and what they are searched by."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlmodel import col

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.json_objects import JsonColumn
from src.models.mlflow_tracking import MlflowExperiment
from src.models.project import Project, ProjectStatus
from src.models.user import User
from src.schemas.mlflow_base import ViewType, listed
from src.schemas.mlflow_experiments import Experiment
from src.services.mlflow_conditions import Language, hex_of, milliseconds_of
from src.services.mlflow_ids import experiment_uri, milliseconds
from src.services.mlflow_json import json_text

ID = col(Project.id)


class ExperimentRow(NamedTuple):
    id: UUID
    name: str
    status: ProjectStatus
    created_at: datetime
    updated_at: datetime
    tags: dict[str, str] | None

    def shown(self) -> Experiment:
        return Experiment.model_construct(
            experiment_id=self.id.hex,
            name=self.name,
            artifact_location=experiment_uri(self.id),
            lifecycle_stage="deleted" if self.status == "archived" else "active",
            creation_time=milliseconds(self.created_at),
            last_update_time=milliseconds(self.updated_at),
            tags=listed(self.tags or {}),
        )


def experiments_where(*wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    rows = select(
        ID,
        col(Project.name),
        col(Project.status),
        col(Project.created_at),
        col(Project.updated_at),
        col(MlflowExperiment.tags),
    )
    return rows.outerjoin(MlflowExperiment, col(MlflowExperiment.project_id) == ID).where(*wanted)


_OWNED = col(Project.owner_id) == bindparam("owner_id")
BY_ID = Query(experiments_where(_OWNED, ID == bindparam("id")))
BY_NAME = Query(experiments_where(_OWNED, col(Project.name) == bindparam("name")))
OWNER = Query(
    select(col(User.id))
    .where(col(User.id) == bindparam("owner_id"))
    .with_for_update(key_share=True)
)
_TAGS = bindparam("tags", type_=JsonColumn)
KEEP = Query(
    upsert(MlflowExperiment)
    .values(project_id=bindparam("project_id"), tags=_TAGS)
    .on_conflict_do_update(index_elements=["project_id"], set_={"tags": _TAGS})
    .returning(col(MlflowExperiment.project_id))
)


def language_of(dialect: str) -> Language:
    return Language(
        texts={"name": col(Project.name), "experiment_id": hex_of(ID)},
        numbers={
            "creation_time": milliseconds_of(col(Project.created_at), dialect),
            "last_update_time": milliseconds_of(col(Project.updated_at), dialect),
        },
        named={"tag": lambda key: json_text(col(MlflowExperiment.tags), key)},
    )


STAGES: dict[ViewType, list[ColumnElement[bool]]] = {
    "ACTIVE_ONLY": [col(Project.status) != "archived"],
    "DELETED_ONLY": [col(Project.status) == "archived"],
    "ALL": [],
}
