"""Models that runs have logged."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.models.base import utc_now
from src.models.json_types import NAMES, TAGS
from src.models.mlflow_logged import LoggedModelStatus as Status
from src.models.mlflow_logged import MlflowLoggedModel
from src.schemas.mlflow_base import Tag, texts_of
from src.schemas.mlflow_logged import (
    CreateLoggedModel,
    LoggedModel,
    LoggedModelsAnswer,
    LoggedModelStatus,
    SearchLoggedModels,
)
from src.schemas.mlflow_tracking import Param
from src.services.mlflow_errors import NoLoggedModelError
from src.services.mlflow_experiment_lookup import ExperimentLookup
from src.services.mlflow_ids import model_uuid_of
from src.services.mlflow_logged_rows import shown_models
from src.services.mlflow_logged_search import found_models
from src.services.mlflow_logging import CHANGED, LoggingService
from src.services.mlflow_values import check_room, without_known

STATUSES: dict[LoggedModelStatus, Status] = {
    "LOGGED_MODEL_PENDING": "pending",
    "LOGGED_MODEL_READY": "ready",
    "LOGGED_MODEL_UPLOAD_FAILED": "failed",
}
NO_STATUS = "A logged model becomes ready, or its upload has failed."


class LoggedModelService:
    """The logged models of one owner."""

    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._experiments = ExperimentLookup(session, owner_id)

    async def create(self, data: CreateLoggedModel) -> LoggedModel:
        project_id = await self._experiments.active_project(data.experiment_id)
        run = None
        if data.source_run_id:
            run = await LoggingService(self._session, self._owner_id).lock(data.source_run_id)
        model = MlflowLoggedModel(
            owner_id=self._owner_id,
            project_id=project_id,
            run_id=run.id if run else None,
            name=data.name,
            model_type=data.model_type,
            params={each.key: each.value for each in data.params},
            tags=texts_of(data.tags),
        )
        if not model.name:
            model.name = f"model {model.id.hex[-12:]}"
        return await self._save(model)

    async def get(self, model_id: str) -> LoggedModel:
        return await self._shown(await self._row(model_id))

    async def finalize(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        model = await self._locked(model_id)
        if status not in STATUSES:
            raise InvalidError(NO_STATUS)
        model.status = STATUSES[status]
        return await self._save(model)

    async def delete(self, model_id: str) -> None:
        model = await self._locked(model_id)
        model.deleted_at = utc_now()
        await self._save(model)

    async def set_tags(self, model_id: str, tags: Sequence[Tag]) -> LoggedModel:
        model = await self._locked(model_id)
        model.tags = model.tags | texts_of(tags)
        return await self._save(model)

    async def delete_tag(self, model_id: str, key: str) -> None:
        model = await self._locked(model_id)
        model.tags = without_known(model.tags, key)
        await self._save(model)

    async def log_params(self, model_id: str, params: Sequence[Param]) -> None:
        model = await self._locked(model_id)
        given = {each.key: each.value for each in params}
        if any(model.params.get(key, value) != value for key, value in given.items()):
            raise InvalidError(CHANGED)
        model.params = model.params | given
        await self._save(model)

    async def search(self, request: SearchLoggedModels) -> LoggedModelsAnswer:
        projects = await self._experiments.projects(request.experiment_ids)
        rows, following = await found_models(self._session, projects, request)
        models = await shown_models(self._session, rows)
        return LoggedModelsAnswer(models=models, next_page_token=following)

    async def _row(self, model_id: str, *, lock: bool = False) -> MlflowLoggedModel:
        rows = select_rows(MlflowLoggedModel).where(
            col(MlflowLoggedModel.id) == model_uuid_of(model_id, NoLoggedModelError),
            col(MlflowLoggedModel.owner_id) == self._owner_id,
            col(MlflowLoggedModel.deleted_at).is_(None),
        )
        rows = rows.with_for_update(key_share=True) if lock else rows
        model = (await self._session.exec(rows)).one_or_none()
        if model is None:
            raise NoLoggedModelError
        return model

    async def _locked(self, model_id: str) -> MlflowLoggedModel:
        return await self._row(model_id, lock=True)

    async def _save(self, model: MlflowLoggedModel) -> LoggedModel:
        check_room(model.params, NAMES)
        check_room(model.tags, TAGS)
        self._session.add(model)
        await self._session.flush()
        return await self._shown(model)

    async def _shown(self, model: MlflowLoggedModel) -> LoggedModel:
        return (await shown_models(self._session, [model]))[0]
