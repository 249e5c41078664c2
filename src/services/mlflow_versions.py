"""Versions of models, whose artefacts the client has uploaded before.

A version has the checksum and the size of what is stored: MLflow's client tells neither.
"""

from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.upsert import upsert
from src.models.json_types import TAGS
from src.models.ml_model import MlModel
from src.models.mlflow_registry import MlflowVersion
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.schemas.mlflow_base import SearchRequest, texts_of
from src.schemas.mlflow_registered import ModelVersion as Version
from src.schemas.mlflow_registered import VersionsAnswer
from src.schemas.mlflow_registry import (
    CreateModelVersion,
    GetLatestVersions,
    TransitionStage,
    VersionNamed,
)
from src.schemas.model_version import ModelVersionCreate
from src.services.mlflow_conditions import conditions
from src.services.mlflow_errors import NoRunError
from src.services.mlflow_ids import uuid_of
from src.services.mlflow_registry_languages import language_of_versions
from src.services.mlflow_registry_lookup import RegistryLookup
from src.services.mlflow_registry_rows import (
    STAGES,
    VersionRow,
    address_of,
    stored_at,
    versions_where,
)
from src.services.mlflow_registry_shown import latest_versions, shown_versions
from src.services.mlflow_search import orders, searched
from src.services.mlflow_sources import SourceService
from src.services.mlflow_stages import change, move_version, stage_of
from src.services.mlflow_values import check_room, without
from src.services.model_version import ModelVersionService


class VersionService:
    """The versions of one owner's models, in MLflow's words."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._lookup = RegistryLookup(session, owner_id)
        self._versions = ModelVersionService(session, owner_id)

    async def create(self, data: CreateModelVersion) -> Version:
        model = await self._lookup.row(data.name)
        source = await SourceService(self._session, self._owner_id).find(data)
        version = await self._versions.create(
            ModelVersionCreate(
                ml_model_id=model.id,
                experiment_id=uuid_of(data.run_id, NoRunError) if data.run_id else source.run_id,
                storage_uri=stored_at(source.address),
                checksum=source.checksum,
                size_bytes=source.size_bytes,
            )
        )
        kept = MlflowVersion(
            version_id=version.id,
            **data.model_dump(include={"source", "description", "run_link"}),
            model_id=source.model_id,
            tags=texts_of(data.tags),
        )
        check_room(kept.tags, TAGS)
        await (await self._session.connection()).execute(insert(MlflowVersion), [kept.model_dump()])
        await change(self._session, MlModel, col(MlModel.id) == model.id)
        return await self.get(VersionNamed(name=data.name, version=str(version.number)))

    async def get(self, data: VersionNamed) -> Version:
        return await self._shown(await self._lookup.version(data))

    async def get_by_alias(self, name: str, alias: str) -> Version:
        return await self._shown(await self._lookup.version_by_alias(name, alias))

    async def uri(self, data: VersionNamed) -> str:
        return address_of((await self._lookup.version(data)).storage_uri)

    async def latest(self, data: GetLatestVersions) -> VersionsAnswer:
        stages = {stage_of(each) for each in data.stages} or {*STAGES}
        model = await self._lookup.row(data.name)
        latest = await latest_versions(self._session, self._owner_id, [model.id])
        wanted = [row for row in latest if row.stage in stages]
        return VersionsAnswer(model_versions=await shown_versions(self._session, wanted))

    async def describe(self, data: VersionNamed, description: str) -> Version:
        version = await self._lookup.version(data)
        await self._keep(version, description=description)
        await change(self._session, ModelVersion, col(ModelVersion.id) == version.id)
        return await self.get(data)

    async def move(self, data: TransitionStage) -> Version:
        """Give a version another stage, and archive the others of that stage if that is wanted."""
        await move_version(self._session, await self._lookup.version(data), data)
        return await self.get(data)

    async def delete(self, data: VersionNamed) -> None:
        """Delete a version with its aliases."""
        version = await self._lookup.version(data)
        gone = delete(ModelAlias).where(col(ModelAlias.version_id) == version.id)
        await (await self._session.connection()).execute(gone)
        await self._versions.delete(version.id)
        await change(self._session, MlModel, col(MlModel.id) == version.model_id)

    async def set_tag(self, data: VersionNamed, key: str, value: str) -> None:
        version = await self._locked(data)
        await self._keep(version, tags=(version.tags or {}) | {key: value})

    async def delete_tag(self, data: VersionNamed, key: str) -> None:
        version = await self._locked(data)
        await self._keep(version, tags=without(version.tags, key))

    async def search(self, request: SearchRequest) -> VersionsAnswer:
        dialect = self._session.get_bind().dialect.name
        language = language_of_versions(dialect)
        rows = versions_where(self._owner_id, *conditions(language, request.filter, dialect))
        wanted = orders(language, request.order_by) or [col(ModelVersion.updated_at).desc()]
        ties = (col(MlModel.name), col(ModelVersion.number).desc(), col(ModelVersion.id))
        rows = rows.order_by(*wanted, *ties)
        found, following = await searched(self._session, rows, request)
        versions = await shown_versions(self._session, [VersionRow(*row) for row in found])
        return VersionsAnswer(model_versions=versions, next_page_token=following)

    async def _shown(self, row: VersionRow) -> Version:
        return (await shown_versions(self._session, [row]))[0]

    async def _locked(self, data: VersionNamed) -> VersionRow:
        """Return a version whose tags no other request changes meanwhile."""
        await self._versions.load((await self._lookup.version(data)).id)
        return await self._lookup.version(data)

    async def _keep(self, row: VersionRow, **changed: str | dict[str, str]) -> None:
        if isinstance(tags := changed.get("tags"), dict):
            check_room(tags, TAGS)
        source = row.source or address_of(row.storage_uri)
        new = upsert(MlflowVersion).values(
            MlflowVersion(version_id=row.id, source=source).model_dump() | changed
        )
        kept = new.on_conflict_do_update(index_elements=["version_id"], set_=changed)
        await (await self._session.connection()).execute(kept)
