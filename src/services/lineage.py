from typing import Literal
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Select, Uuid, bindparam, func, select, union_all
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError
from src.core.queries import Query
from src.models.deployment import Deployment
from src.models.experiment import Experiment
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.models.owned import Owned
from src.models.project import Project
from src.schemas.lineage import (
    Lineage,
    LinkedDeployment,
    LinkedExperiment,
    LinkedProject,
    LinkedVersion,
)

type Kind = Literal["project", "experiment", "model version", "deployment"]
type Condition = ColumnElement[bool]

SHOWN = 1000
_HERE = bindparam("here", type_=Uuid())
_its_model = select(col(MlModel.name)).where(col(MlModel.id) == col(ModelVersion.ml_model_id))
_MODEL_NAME = _its_model.scalar_subquery()


class _Story:
    """Queries for the newest rows of each table that meet its condition."""

    def __init__(
        self,
        project: Condition,
        experiments: Condition,
        versions: Condition,
        deployments: Condition,
    ) -> None:
        self.project = _newest(Project, LinkedProject, project)
        self.experiments = _newest(Experiment, LinkedExperiment, experiments)
        self.versions = _newest(ModelVersion, LinkedVersion, versions)
        self.deployments = _newest(Deployment, LinkedDeployment, deployments)


def _newest(model: type[Owned], shown: type[BaseModel], condition: Condition) -> Query:
    columns = [
        _MODEL_NAME if name == "ml_model_name" else getattr(model, name)
        for name in shown.model_fields
    ]
    # Keep the owner out of this condition, or SQLite scans the owner's index.
    found = col(model.id).in_(_ids(model, condition))
    newest = select(*columns).where(found, col(model.owner_id) == bindparam("owner"))
    # One row more than is shown tells whether there are more.
    return Query(newest.order_by(col(model.id).desc()).limit(SHOWN + 1))


def _ids(model: type[Owned], *conditions: Condition) -> Select[UUID]:
    return select(col(model.id)).where(*conditions)


def _of_project() -> _Story:
    experiments = col(Experiment.project_id) == _HERE
    models = col(MlModel.project_id) == _HERE
    source, model = col(ModelVersion.experiment_id), col(ModelVersion.ml_model_id)
    trained = _ids(ModelVersion, source.in_(_ids(Experiment, experiments)))
    others = _ids(ModelVersion, source.is_(None), model.in_(_ids(MlModel, models)))
    # With OR instead of the union, PostgreSQL would read the whole table.
    versions = col(ModelVersion.id).in_(union_all(trained, others))
    return _Story(col(Project.id) == _HERE, experiments, versions, _made_of(versions))


def _of_experiment() -> _Story:
    here = col(Experiment.id) == _HERE
    project = col(Project.id).in_(select(col(Experiment.project_id)).where(here))
    versions = col(ModelVersion.experiment_id) == _HERE
    return _Story(project, here, versions, _made_of(versions))


def _of_version() -> _Story:
    here = col(ModelVersion.id) == _HERE
    return _Story(_home_of(here), _source_of(here), here, col(Deployment.version_id) == _HERE)


def _of_deployment() -> _Story:
    here = col(Deployment.id) == _HERE
    version = col(ModelVersion.id).in_(select(col(Deployment.version_id)).where(here))
    return _Story(_home_of(version), _source_of(version), version, here)


def _made_of(versions: Condition) -> Condition:
    return col(Deployment.version_id).in_(_ids(ModelVersion, versions))


def _source_of(version: Condition) -> Condition:
    return col(Experiment.id).in_(select(col(ModelVersion.experiment_id)).where(version))


def _home_of(version: Condition) -> Condition:
    """Return the project of the version's experiment, or of its model if it has none."""
    home = func.coalesce(col(Experiment.project_id), col(MlModel.project_id))
    return col(Project.id).in_(
        select(home)
        .select_from(ModelVersion)
        .join(MlModel, col(MlModel.id) == col(ModelVersion.ml_model_id))
        .outerjoin(Experiment, col(Experiment.id) == col(ModelVersion.experiment_id))
        .where(version)
    )


_STORIES: dict[Kind, _Story] = {
    "project": _of_project(),
    "experiment": _of_experiment(),
    "model version": _of_version(),
    "deployment": _of_deployment(),
}


class LineageService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def get(self, kind: Kind, entity_id: UUID) -> Lineage:
        story = _STORIES[kind]
        projects = await self._linked(story.project, LinkedProject, entity_id)
        if not projects:
            msg = f"There is no such {kind}."
            raise NotFoundError(msg)
        experiments = await self._linked(story.experiments, LinkedExperiment, entity_id)
        versions = await self._linked(story.versions, LinkedVersion, entity_id)
        deployments = await self._linked(story.deployments, LinkedDeployment, entity_id)
        return Lineage(
            project=projects[0],
            experiments=experiments[:SHOWN],
            versions=versions[:SHOWN],
            deployments=deployments[:SHOWN],
            truncated=max(len(experiments), len(versions), len(deployments)) > SHOWN,
        )

    async def _linked[Linked: BaseModel](
        self, query: Query, shown: type[Linked], here: UUID
    ) -> list[Linked]:
        rows = await query.rows(self._session, here=here, owner=self._owner_id)
        return [shown(**dict(zip(shown.model_fields, row, strict=True))) for row in rows]
