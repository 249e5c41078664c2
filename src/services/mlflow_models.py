"""Models as MLflow's registered models. MLflow knows a model by its name alone."""

from uuid import UUID

from sqlalchemy import bindparam, delete
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.queries import Query
from src.core.upsert import upsert
from src.models.json_objects import JsonColumn
from src.models.json_types import TAGS
from src.models.ml_model import MlModel
from src.models.mlflow_registry import MlflowModel
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.schemas.ml_model import MlModelCreate, MlModelUpdate
from src.schemas.mlflow_base import SearchRequest, texts_of
from src.schemas.mlflow_registered import ModelsAnswer, RegisteredModel
from src.schemas.mlflow_registry import CreateRegisteredModel, SetAlias
from src.schemas.model_alias import ModelAliasSet
from src.services.ml_model import MlModelService
from src.services.mlflow_conditions import conditions
from src.services.mlflow_errors import UnsupportedError
from src.services.mlflow_experiment_lookup import ExperimentLookup
from src.services.mlflow_registry_languages import IS_PROMPT, language_of_models
from src.services.mlflow_registry_lookup import RegistryLookup
from src.services.mlflow_registry_rows import ModelRow, models_where
from src.services.mlflow_registry_shown import shown_models
from src.services.mlflow_search import orders, searched
from src.services.mlflow_values import check_room, without
from src.services.model_alias import ModelAliasService
from src.services.references import referring

TASK = "unknown"
"""The task of a model that MLflow's client creates: it names none."""
NO_PROMPTS = "Prompts are not supported: they have no artefacts."

_TAGS = bindparam("tags", type_=JsonColumn)
_KEEP = Query(
    upsert(MlflowModel)
    .values(ml_model_id=bindparam("ml_model_id"), tags=_TAGS)
    .on_conflict_do_update(index_elements=["ml_model_id"], set_={"tags": _TAGS})
    .returning(col(MlflowModel.ml_model_id))
)


class RegisteredModelService:
    """The models of one owner, in MLflow's words."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._models = MlModelService(session, owner_id)
        self._lookup = RegistryLookup(session, owner_id)
        self._aliases = ModelAliasService(session, owner_id)

    async def create(self, data: CreateRegisteredModel) -> RegisteredModel:
        if texts_of(data.tags).get(IS_PROMPT) == "true":
            raise UnsupportedError(NO_PROMPTS)
        await self._lookup.check_free(data.name)
        experiments = ExperimentLookup(self._session, self._owner_id)
        project = await experiments.default_project()
        model = await self._models.create(
            MlModelCreate(
                project_id=project.id, name=data.name, task=TASK, description=data.description
            )
        )
        if data.tags:
            await self._store(model.id, texts_of(data.tags))
        return await self.get(data.name)

    async def get(self, name: str) -> RegisteredModel:
        row = await self._lookup.row(name)
        return (await shown_models(self._session, self._owner_id, [row]))[0]

    async def rename(self, name: str, new_name: str) -> RegisteredModel:
        row = await self._lookup.row(name)
        if new_name != name:
            await self._lookup.check_free(new_name)
        await self._models.update(row.id, MlModelUpdate(name=new_name))
        return await self.get(new_name)

    async def describe(self, name: str, description: str | None) -> RegisteredModel:
        row = await self._lookup.row(name)
        await self._models.update(row.id, MlModelUpdate(description=description))
        return await self.get(name)

    async def delete(self, name: str) -> None:
        """Delete a model with its versions and aliases."""
        row = await self._lookup.row(name)
        connection = await self._session.connection()
        for table in (ModelAlias, ModelVersion):
            async with referring(self._session, table, {}):
                await connection.execute(delete(table).where(col(table.ml_model_id) == row.id))
        await self._models.delete(row.id)

    async def set_tag(self, name: str, key: str, value: str) -> None:
        row = await self._locked(name)
        await self._store(row.id, (row.tags or {}) | {key: value})

    async def delete_tag(self, name: str, key: str) -> None:
        row = await self._locked(name)
        await self._store(row.id, without(row.tags, key))

    async def set_alias(self, data: SetAlias) -> None:
        version = await self._lookup.version(data)
        target = ModelAliasSet(version_id=version.id)
        await self._aliases.put(version.model_id, data.alias, target)

    async def delete_alias(self, name: str, alias: str) -> None:
        row = await self._lookup.row(name)
        gone = delete(ModelAlias).where(
            col(ModelAlias.ml_model_id) == row.id, col(ModelAlias.name) == alias
        )
        await (await self._session.connection()).execute(gone)

    async def search(self, request: SearchRequest) -> ModelsAnswer:
        dialect = self._session.get_bind().dialect.name
        language = language_of_models(dialect)
        rows = models_where(self._owner_id, *conditions(language, request.filter, dialect))
        rows = rows.order_by(*orders(language, request.order_by), col(MlModel.name))
        found, following = await searched(self._session, rows, request)
        models = [ModelRow(*row) for row in found]
        return ModelsAnswer(
            registered_models=await shown_models(self._session, self._owner_id, models),
            next_page_token=following,
        )

    async def _locked(self, name: str) -> ModelRow:
        """Return a model whose tags no other request changes meanwhile."""
        await self._models.load((await self._lookup.row(name)).id)
        return await self._lookup.row(name)

    async def _store(self, model_id: UUID, tags: dict[str, str]) -> None:
        check_room(tags, TAGS)
        await _KEEP.rows(self._session, ml_model_id=model_id, tags=tags)
