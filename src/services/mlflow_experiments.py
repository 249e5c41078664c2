"""Projects as MLflow's experiments. One that is archived is a deleted experiment to MLflow."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.json_types import TAGS
from src.schemas.mlflow_base import DEFAULT_ID, texts_of
from src.schemas.mlflow_experiments import (
    CreateExperiment,
    Experiment,
    ExperimentsAnswer,
    SearchExperiments,
)
from src.schemas.mlflow_runs import DatasetSummary
from src.schemas.project import ProjectCreate, ProjectUpdate
from src.services.mlflow_conditions import conditions
from src.services.mlflow_errors import DeletedError, NoExperimentError, UnsupportedError
from src.services.mlflow_experiment_lookup import ExperimentLookup
from src.services.mlflow_experiment_rows import (
    DEFAULT,
    KEEP,
    ExperimentRow,
    experiments_of,
    language_of,
)
from src.services.mlflow_inputs import summaries
from src.services.mlflow_search import orders, rows_of, searched
from src.services.mlflow_values import check_room, without_known
from src.services.project import ProjectService

NO_LOCATION = "Artefacts are files of this service: create the experiment without a location."


class MlflowExperimentService:
    """The experiments of one owner, in MLflow's words."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._projects = ProjectService(session, owner_id)
        self._lookup = ExperimentLookup(session, owner_id)

    async def get(self, experiment_id: str) -> Experiment:
        if experiment_id == DEFAULT_ID:
            return await self.get_by_name(DEFAULT)
        return (await self._lookup.row(experiment_id)).shown()

    async def get_by_name(self, name: str) -> Experiment:
        experiments = experiments_of(self._owner_id)
        named = select(experiments).where(experiments.c.name == name)
        rows = await rows_of(self._session, named)
        if not rows:
            raise NoExperimentError
        return ExperimentRow(*rows[0]).shown()

    async def create(self, data: CreateExperiment) -> str:
        if data.artifact_location:
            raise UnsupportedError(NO_LOCATION)
        project = await self._projects.create(ProjectCreate(name=data.name))
        if data.tags:
            await self._store(project.id, texts_of(data.tags))
        return project.id.hex

    async def rename(self, experiment_id: str, name: str) -> None:
        row = await self._lookup.row(experiment_id)
        if row.status == "archived":
            raise DeletedError
        await self._projects.update(row.id, ProjectUpdate(name=name))

    async def delete(self, experiment_id: str) -> None:
        row = await self._lookup.row(experiment_id)
        if row.status == "archived":
            raise NoExperimentError
        await self._projects.update(row.id, ProjectUpdate(status="archived"))

    async def restore(self, experiment_id: str) -> None:
        row = await self._lookup.row(experiment_id)
        if row.status != "archived":
            raise NoExperimentError
        await self._projects.update(row.id, ProjectUpdate(status="active"))

    async def set_tag(self, experiment_id: str, key: str, value: str) -> None:
        row = await self._locked(experiment_id)
        await self._store(row.id, (row.tags or {}) | {key: value})

    async def delete_tag(self, experiment_id: str, key: str) -> None:
        row = await self._locked(experiment_id)
        await self._store(row.id, without_known(row.tags, key))

    async def search(self, request: SearchExperiments) -> ExperimentsAnswer:
        dialect = self._session.get_bind().dialect.name
        experiments = experiments_of(self._owner_id)
        language = language_of(experiments, dialect)
        wanted = conditions(language, request.filter, dialect)
        if request.view_type != "ALL":
            is_deleted = experiments.c.status == "archived"
            wanted.append(is_deleted if request.view_type == "DELETED_ONLY" else ~is_deleted)
        ties = (experiments.c.created_at.desc(), experiments.c.id)
        rows = select(experiments).where(*wanted)
        rows = rows.order_by(*orders(language, request.order_by), *ties)
        found, following = await searched(self._session, rows, request)
        return ExperimentsAnswer(
            experiments=[ExperimentRow(*row).shown() for row in found], next_page_token=following
        )

    async def _locked(self, experiment_id: str) -> ExperimentRow:
        """Return an experiment whose tags no other request changes meanwhile."""
        row = await self._lookup.row(experiment_id)
        if row.status == "archived":
            raise DeletedError
        await self._projects.load(row.id)
        return await self._lookup.row(experiment_id)

    async def _store(self, project_id: UUID, tags: dict[str, str]) -> None:
        check_room(tags, TAGS)
        await KEEP.rows(self._session, project_id=project_id, tags=tags)

    async def datasets(self, experiment_ids: Collection[str]) -> list[DatasetSummary]:
        return await summaries(self._session, await self._lookup.projects(experiment_ids))
