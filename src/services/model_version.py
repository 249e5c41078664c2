from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from src.core.errors import NotFoundError
from src.core.failures import REFERENCE
from src.core.statements import Statement
from src.models.ml_model import MlModel
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.schemas.model_version import ModelVersionCreate, ModelVersionResponse, ModelVersionUpdate
from src.services.owned import OwnedService

# Whoever counts holds the model's row until the version is there too, or neither is.
_COUNT = Statement(
    update(MlModel)
    .where(
        col(MlModel.id) == bindparam("ml_model_id"), col(MlModel.owner_id) == bindparam("_owner")
    )
    # No change that anybody made.
    .values(last_number=col(MlModel.last_number) + 1, updated_at=col(MlModel.updated_at))
    .returning(col(MlModel.last_number))
)
_BY_ALIAS = Statement(
    select(*(getattr(ModelVersion, name) for name in ModelVersionResponse.model_fields))
    .join(ModelAlias, col(ModelAlias.version_id) == col(ModelVersion.id))
    .where(
        col(ModelAlias.ml_model_id) == bindparam("ml_model_id"),
        col(ModelAlias.owner_id) == bindparam("_owner"),
        col(ModelAlias.name) == bindparam("alias"),
    )
)


class ModelVersionService(
    OwnedService[ModelVersion, ModelVersionCreate, ModelVersionUpdate, ModelVersionResponse]
):
    model = ModelVersion
    response = ModelVersionResponse

    async def create(self, data: ModelVersionCreate) -> ModelVersionResponse:
        counted = await _COUNT.rows(self._session, ml_model_id=data.ml_model_id, **self._own)
        if not counted:
            raise REFERENCE(fields=("ml_model_id",))
        return await self._insert({**data.model_dump(), "number": counted[0][0]})

    async def get_by_alias(self, ml_model_id: UUID, alias: str) -> ModelVersionResponse:
        values = {"ml_model_id": ml_model_id, "alias": alias}
        rows = await _BY_ALIAS.rows(self._session, **values, **self._own)
        if not rows:
            msg = "There is no such model alias."
            raise NotFoundError(msg)
        return self._response(rows[0])
