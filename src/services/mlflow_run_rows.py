"""Rows of runs, and how MLflow shows them."""

from collections.abc import Mapping
from datetime import datetime
from math import inf, nan
from typing import Any, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, func, select
from sqlmodel import col

from src.core.queries import Query
from src.models.experiment import Experiment, ExperimentStatus
from src.models.mlflow_tracking import MlflowRun
from src.models.project import Project
from src.schemas.mlflow_runs import RunInfo
from src.schemas.mlflow_tracking import MetricAnswer, RunStatus
from src.services.mlflow_ids import milliseconds, run_uri

RUN_NAME = "mlflow.runName"
COMMIT = "mlflow.source.git.commit"
STATUSES: Mapping[ExperimentStatus, RunStatus] = {
    "created": "SCHEDULED",
    "running": "RUNNING",
    "completed": "FINISHED",
    "failed": "FAILED",
    "cancelled": "KILLED",
}
EXPERIMENT_STATUSES: Mapping[RunStatus, ExperimentStatus] = {
    shown: status for status, shown in STATUSES.items()
}

RUN = col(Experiment.id)
RUNS: BindParameter[UUID] = bindparam("runs", expanding=True)
"""Ids of runs, so that a query about them is built once: to build one takes longer than to run it."""
NAME = case(
    (col(MlflowRun.listed_as) == col(Experiment.name), col(MlflowRun.name)),
    else_=col(Experiment.name),
)
USER = func.coalesce(col(MlflowRun.user_id), "")
DELETED = case(
    (col(Project.status) == "archived", col(Project.updated_at)), else_=col(MlflowRun.deleted_at)
)
"""The time of a run's deletion; those of a deleted experiment are deleted with it."""
STARTED = func.coalesce(col(Experiment.started_at), col(Experiment.created_at))


class RunRow(NamedTuple):
    id: UUID
    project_id: UUID
    name: str
    listed_as: str
    status: ExperimentStatus
    started_at: datetime
    finished_at: datetime | None
    params: dict[str, object]
    tags: dict[str, str]
    own_tags: dict[str, str] | None
    source_commit: str | None
    user_id: str
    deleted_at: datetime | None

    @property
    def all_tags(self) -> dict[str, str]:
        return self.tags | self.own | {RUN_NAME: self.name}

    @property
    def own(self) -> dict[str, str]:
        """Return the tags of MLflow's own, of which the experiment has the commit."""
        commit = {COMMIT: self.source_commit} if self.source_commit else {}
        return (self.own_tags or {}) | commit

    def info(self) -> RunInfo:
        return RunInfo(
            run_id=self.id.hex,
            run_uuid=self.id.hex,
            run_name=self.name,
            experiment_id=self.project_id.hex,
            user_id=self.user_id,
            status=STATUSES[self.status],
            start_time=milliseconds(self.started_at),
            end_time=None if self.finished_at is None else milliseconds(self.finished_at),
            artifact_uri=run_uri(self.project_id, self.id),
            lifecycle_stage=stage_of(self.deleted_at),
        )


def stage_of(deleted_at: datetime | None) -> Literal["active", "deleted"]:
    return "active" if deleted_at is None else "deleted"


def runs_where(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select the columns of `RunRow`."""
    shown = (
        RUN,
        col(Experiment.project_id),
        NAME,
        col(Experiment.name),
        col(Experiment.status),
        STARTED,
        col(Experiment.finished_at),
        col(Experiment.hyperparameters),
        col(Experiment.tags),
        col(MlflowRun.tags),
        col(Experiment.source_commit),
        USER,
        DELETED,
    )
    rows = select(*shown).join(Project, col(Project.id) == col(Experiment.project_id))
    return rows.outerjoin(MlflowRun, col(MlflowRun.run_id) == RUN).where(*conditions)


OWN_RUN = Query(
    runs_where(RUN == bindparam("run_id"), col(Experiment.owner_id) == bindparam("owner_id"))
)


def metric_answer(
    key: str, step: int, value: float | None, sign: int | None, recorded_at: datetime
) -> MetricAnswer:
    if value is None:
        value = sign * inf if sign else nan
    return MetricAnswer(key, value, milliseconds(recorded_at), step)
