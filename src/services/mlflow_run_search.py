"""Searches for runs."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, literal
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.experiment import Experiment
from src.models.mlflow_tracking import MlflowInput, MlflowRun
from src.schemas.mlflow_base import ViewType
from src.schemas.mlflow_tracking import SearchRuns
from src.services.mlflow_conditions import (
    Expression,
    Holds,
    Language,
    conditions,
    hex_of,
    milliseconds_of,
)
from src.services.mlflow_curves import has_points, latest_value
from src.services.mlflow_ids import OWN, SCHEME
from src.services.mlflow_inputs import CONTEXT
from src.services.mlflow_json import json_text
from src.services.mlflow_run_rows import (
    COMMIT,
    DELETED,
    NAME,
    RUN,
    RUN_NAME,
    STARTED,
    STATUSES,
    USER,
    RunRow,
    runs_where,
)
from src.services.mlflow_search import orders, searched
from src.services.mlflow_tokens import FilterError

_STAGES: dict[ViewType, list[ColumnElement[bool]]] = {
    "ACTIVE_ONLY": [DELETED.is_(None)],
    "DELETED_ONLY": [DELETED.is_not(None)],
    "ALL": [],
}
_URI = literal(SCHEME) + hex_of(col(Experiment.project_id)) + "/" + hex_of(RUN) + "/artifacts"


def _tag(key: str) -> Expression:
    if key == RUN_NAME:
        return NAME
    tag = json_text(col(Experiment.tags), key)
    if not key.startswith(OWN):
        return tag
    commit = [col(Experiment.source_commit)] if key == COMMIT else []
    return func.coalesce(*commit, json_text(col(MlflowRun.tags), key), tag)


def _dataset(key: str, holds: Holds) -> ColumnElement[bool]:
    columns: dict[str, Expression] = {
        "name": col(MlflowInput.name),
        "digest": col(MlflowInput.digest),
        "context": json_text(col(MlflowInput.tags), CONTEXT),
    }
    if key not in columns:
        raise FilterError
    return exists().where(col(MlflowInput.run_id) == RUN, holds(columns[key]))


def _language(dialect: str) -> Language:
    started = milliseconds_of(STARTED, dialect)
    return Language(
        texts={
            "run_id": hex_of(RUN),
            "run_name": NAME,
            "run name": NAME,
            "Run name": NAME,
            "Run Name": NAME,
            "status": case(STATUSES, value=col(Experiment.status)),
            "user_id": USER,
            "artifact_uri": _URI,
        },
        numbers={
            "start_time": started,
            "created": started,
            "Created": started,
            "end_time": milliseconds_of(col(Experiment.finished_at), dialect),
        },
        named={
            "metric": lambda key: latest_value(RUN, key),
            "param": lambda key: json_text(col(Experiment.hyperparameters), key),
            "tag": _tag,
        },
        there={"metric": lambda key: has_points(RUN, key)},
        related={"dataset": _dataset},
    )


async def found_runs(
    session: AsyncSession, projects: Collection[UUID], request: SearchRuns
) -> tuple[list[RunRow], str | None]:
    """Return a page of the runs of these projects, and the token of the next one."""
    dialect = session.get_bind().dialect.name
    language = _language(dialect)
    rows = runs_where(
        col(Experiment.project_id).in_(projects),
        *_STAGES[request.run_view_type],
        *conditions(language, request.filter, dialect),
    ).order_by(*orders(language, request.order_by), STARTED.desc(), RUN)
    found, following = await searched(session, rows, request)
    return [RunRow(*row) for row in found], following
