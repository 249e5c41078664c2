"""Rows of experiments, how MLflow shows them, and what they are searched by."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Uuid,
    bindparam,
    case,
    literal,
    null,
    select,
)
from sqlmodel import col

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.json_objects import JsonColumn
from src.models.mlflow_tracking import MlflowExperiment
from src.models.project import Project, ProjectStatus
from src.models.user import User
from src.schemas.mlflow_base import DEFAULT_ID, listed
from src.schemas.mlflow_experiments import Experiment
from src.services.mlflow_conditions import Language, hex_of, milliseconds_of
from src.services.mlflow_ids import SCHEME, milliseconds
from src.services.mlflow_json import json_text

ID = col(Project.id)
DEFAULT = "Default"
"""The name of the project of runs that name none."""
NOT_YET = UUID(int=0)
"""The id of the default experiment until it has a project."""


class ExperimentRow(NamedTuple):
    id: UUID
    name: str
    status: ProjectStatus
    created_at: datetime
    updated_at: datetime
    tags: dict[str, str] | None

    def shown(self) -> Experiment:
        shown_id = DEFAULT_ID if self.id == NOT_YET else self.id.hex
        return Experiment.model_construct(
            experiment_id=shown_id,
            name=self.name,
            artifact_location=f"{SCHEME}{shown_id}",
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


def experiments_of(owner_id: UUID) -> Subquery:
    """Select all of an owner's experiments, and the default one even if it has no project yet.

    MLflow's client takes it for granted, as its server makes it when it first starts.
    """
    there = experiments_where(col(Project.owner_id) == owner_id)
    since = col(User.created_at)
    values = (literal(NOT_YET, Uuid()), literal(DEFAULT), literal("active"), since, since, null())
    has_default = there.where(col(Project.name) == DEFAULT).exists()
    default = select(*values).where(col(User.id) == owner_id, ~has_default)
    return there.union_all(default).subquery()


def language_of(experiments: Subquery, dialect: str) -> Language:
    shown_id = case((experiments.c.id == NOT_YET, DEFAULT_ID), else_=hex_of(experiments.c.id))
    return Language(
        texts={"name": experiments.c.name, "experiment_id": shown_id},
        numbers={
            "creation_time": milliseconds_of(experiments.c.created_at, dialect),
            "last_update_time": milliseconds_of(experiments.c.updated_at, dialect),
        },
        named={"tag": lambda key: json_text(experiments.c.tags, key)},
    )
