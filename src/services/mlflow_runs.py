"""Experiments as MLflow's runs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, literal, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.upsert import upsert
from src.models.base import table_of, utc_now
from src.models.experiment import Experiment
from src.models.json_types import TAGS
from src.models.mlflow_tracking import MlflowRun
from src.schemas.mlflow_base import texts_of
from src.schemas.mlflow_runs import LogInputs, LogOutputs, Run, RunInfo, RunsAnswer
from src.schemas.mlflow_tracking import CreateRun, SearchRuns, UpdateRun
from src.services.mlflow_errors import NoRunError
from src.services.mlflow_experiment_lookup import ExperimentLookup
from src.services.mlflow_ids import time_of, uuid_of
from src.services.mlflow_inputs import write_inputs, write_uses
from src.services.mlflow_logging import LoggingService
from src.services.mlflow_run_answers import shown_runs
from src.services.mlflow_run_names import insert_run, rename_run, run_name
from src.services.mlflow_run_rows import (
    EXPERIMENT_STATUSES,
    OWN_RUN,
    RUN,
    RUN_NAME,
    STARTED,
    RunRow,
)
from src.services.mlflow_run_search import found_runs
from src.services.mlflow_values import SplitTags, check_room, commit_of, split, without_commit


class RunService:
    """The runs of one owner."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._experiments = ExperimentLookup(session, owner_id)
        self._logging = LoggingService(session, owner_id)

    async def create(self, data: CreateRun) -> Run:
        project_id = await self._experiments.active_project(data.experiment_id)
        given = texts_of(data.tags)
        tags = split(given)
        for each in tags:
            check_room(each, TAGS)
        experiment = _begun(data, tags, self._owner_id, project_id)
        name = run_name(data.run_name or given.get(RUN_NAME, ""), experiment.id)
        await insert_run(self._session, experiment, name)
        kept = MlflowRun(
            run_id=experiment.id,
            name=name.given,
            listed_as=experiment.name,
            user_id=data.user_id,
            tags=without_commit(tags.own),
        )
        await (await self._session.connection()).execute(insert(MlflowRun), [kept.model_dump()])
        return await self.get(experiment.id.hex)

    async def get(self, run_id: str) -> Run:
        wanted = uuid_of(run_id, NoRunError)
        found = await OWN_RUN.rows(self._session, run_id=wanted, owner_id=self._owner_id)
        if not found:
            raise NoRunError
        return (await shown_runs(self._session, [RunRow(*found[0])], whole=True))[0]

    async def update(self, data: UpdateRun) -> RunInfo:
        run = await self._logging.active(data.run_id)
        if data.run_name:
            run = await rename_run(self._session, self._owner_id, run, data.run_name)
        if data.status is None and data.end_time is None:
            return run.info()
        status = EXPERIMENT_STATUSES[data.status] if data.status else run.status
        ended = run.finished_at if data.end_time is None else time_of(data.end_time)
        if status in {"created", "running"}:
            ended = None
        run = run._replace(status=status, finished_at=ended)
        return run._replace(started_at=await self._write(run)).info()

    async def delete(self, run_id: str) -> None:
        await self._mark(run_id, utc_now())

    async def restore(self, run_id: str) -> None:
        await self._mark(run_id, None)

    async def search(self, request: SearchRuns) -> RunsAnswer:
        projects = await self._experiments.projects(request.experiment_ids)
        rows, following = await found_runs(self._session, projects, request)
        return RunsAnswer(runs=await shown_runs(self._session, rows), next_page_token=following)

    async def log_inputs(self, data: LogInputs) -> None:
        run = await self._logging.active(data.run_id)
        await write_inputs(self._session, run.id, data.datasets)
        await write_uses(self._session, self._owner_id, run.id, "input", data.models)

    async def log_outputs(self, data: LogOutputs) -> None:
        run = await self._logging.active(data.run_id)
        await write_uses(self._session, self._owner_id, run.id, "output", data.models)

    async def _mark(self, run_id: str, deleted_at: datetime | None) -> None:
        run = await self._logging.lock(run_id)
        marked = {"deleted_at": deleted_at}
        await (await self._session.connection()).execute(
            upsert(MlflowRun)
            .values(run_id=run.id, user_id="", tags={}, **marked)
            .on_conflict_do_update(index_elements=["run_id"], set_=marked)
        )

    async def _write(self, run: RunRow) -> datetime:
        """Write the status of a run and its end, and return its start: when it first was running."""
        now, started = utc_now(), table_of(Experiment).c.started_at
        first = func.coalesce(started, literal(now, started.type))
        changed = await (await self._session.connection()).execute(
            update(Experiment)
            .where(RUN == run.id)
            .values(
                status=run.status,
                started_at=first if run.status == "running" else started,
                finished_at=run.finished_at,
                version=col(Experiment.version) + 1,
                updated_at=now,
            )
            .returning(STARTED)
        )
        start: datetime = changed.scalar_one()
        return start


def _begun(data: CreateRun, tags: SplitTags, owner_id: UUID, project_id: UUID) -> Experiment:
    """Return an experiment that has begun, and no name yet."""
    now = utc_now()
    return Experiment(
        owner_id=owner_id,
        project_id=project_id,
        name="",
        tags=tags.tags,
        status="running",
        started_at=now if data.start_time is None else time_of(data.start_time),
        source_commit=commit_of(tags.own),
        created_at=now,
        updated_at=now,
    )
