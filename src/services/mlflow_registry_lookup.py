"""Finds models and versions by the names that MLflow has for them."""

from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import NotFoundError, TakenError
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.schemas.mlflow_registry import VersionNamed
from src.services.mlflow_errors import NoModelError, NoVersionError
from src.services.mlflow_registry_rows import ModelRow, VersionRow, models_where, versions_where
from src.services.mlflow_search import rows_of
from src.services.model_alias import ModelAliasService

LONGEST_NUMBER = 9
NO_ALIAS = "The registered model has no such alias."
TAKEN = "Another registered model has this name."


class RegistryLookup:
    """The models and versions of one owner."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._aliases = ModelAliasService(session, owner_id)

    async def version(self, data: VersionNamed) -> VersionRow:
        row = await self.row(data.name)
        if not data.version.isdecimal() or len(data.version) > LONGEST_NUMBER:
            raise NoVersionError
        number = col(ModelVersion.number) == int(data.version)
        return await self._version((col(ModelVersion.ml_model_id) == row.id) & number)

    async def row(self, name: str) -> ModelRow:
        row = await self._named(name)
        if row is None:
            raise NoModelError
        return row

    async def check_free(self, name: str) -> None:
        """Raise `TakenError` if a model of any project has this name."""
        if await self._named(name):
            raise TakenError(TAKEN, ("name",))

    async def version_by_alias(self, name: str, alias: str) -> VersionRow:
        row = await self.row(name)
        try:
            found = await self._aliases.version(row.id, alias)
        except NotFoundError:
            raise NotFoundError(NO_ALIAS) from None
        return await self._version(col(ModelVersion.id) == found.id)

    async def _named(self, name: str) -> ModelRow | None:
        rows = await rows_of(self._session, models_where(self._owner_id, col(MlModel.name) == name))
        return ModelRow(*rows[0]) if rows else None

    async def _version(self, wanted: ColumnElement[bool]) -> VersionRow:
        rows = await rows_of(self._session, versions_where(self._owner_id, wanted))
        if not rows:
            raise NoVersionError
        return VersionRow(*rows[0])
