"""Finds the projects that experiments' ids stand for."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.schemas.mlflow_base import DEFAULT_ID
from src.schemas.project import ProjectCreate
from src.services.mlflow_errors import DeletedError, NoExperimentError
from src.services.mlflow_experiment_rows import BY_ID, BY_NAME, DEFAULT, OWNER, ExperimentRow
from src.services.mlflow_ids import possible_uuid
from src.services.project import ProjectService


class ExperimentLookup:
    """The experiments of one owner, by id and by name."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id

    async def active_project(self, experiment_id: str) -> UUID:
        """Return the project in which a run begins."""
        row = await self.row(experiment_id or DEFAULT_ID)
        if row.status == "archived":
            raise DeletedError
        return row.id

    async def default_project(self) -> ExperimentRow:
        row = await self.named(DEFAULT)
        if row is None:
            # Of two first runs at once, the second finds what the first has made.
            await OWNER.rows(self._session, owner_id=self._owner_id)
            row = await self.named(DEFAULT)
        if row is None:
            projects = ProjectService(self._session, self._owner_id)
            row = await self.row((await projects.create(ProjectCreate(name=DEFAULT))).id.hex)
        return row

    async def projects(self, experiment_ids: Collection[str]) -> list[UUID]:
        """Return the owner's projects among these experiments."""
        rows = [await self._found(each) for each in experiment_ids]
        return [row.id for row in rows if row]

    async def row(self, experiment_id: str) -> ExperimentRow:
        """Return an experiment that is to change; the default one is made for its first change."""
        if experiment_id == DEFAULT_ID:
            return await self.default_project()
        row = await self._found(experiment_id)
        if row is None:
            raise NoExperimentError
        return row

    async def _found(self, experiment_id: str) -> ExperimentRow | None:
        if experiment_id == DEFAULT_ID:
            return await self.named(DEFAULT)
        found = possible_uuid(experiment_id)
        if found is None:
            return None
        rows = await BY_ID.rows(self._session, owner_id=self._owner_id, id=found)
        return ExperimentRow(*rows[0]) if rows else None

    async def named(self, name: str) -> ExperimentRow | None:
        rows = await BY_NAME.rows(self._session, owner_id=self._owner_id, name=name)
        return ExperimentRow(*rows[0]) if rows else None
