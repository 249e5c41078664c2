from uuid import UUID

from sqlalchemy import bindparam, case, select
from sqlmodel import col

from src.core.errors import NotFoundError
from src.core.queries import Query
from src.core.upsert import upsert
from src.models.base import utc_now
from src.models.ml_model import MlModel
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.schemas.model_alias import (
    ModelAliasCreate,
    ModelAliasResponse,
    ModelAliasSet,
    ModelAliasUpdate,
)
from src.schemas.model_version import ModelVersionResponse
from src.services.owned import OwnedService
from src.services.references import no_such, referring

_values = {
    name: bindparam(name, type_=getattr(ModelAlias, name).type) for name in ModelAlias.model_fields
}
# Only for the owner's model: a foreign key would refuse another's with a 409 instead of a 404.
_row = select(*_values.values()).where(
    col(MlModel.id) == bindparam("ml_model_id"), col(MlModel.owner_id) == bindparam("owner_id")
)
_insert = upsert(ModelAlias).from_select(list(_values), _row)
_new = _insert.excluded
_moves = col(ModelAlias.version_id) != _new.version_id
_PUT = Query(
    _insert.on_conflict_do_update(
        index_elements=["owner_id", "ml_model_id", "name"],
        set_={
            "version_id": _new.version_id,
            "version": col(ModelAlias.version) + case((_moves, 1), else_=0),
            "updated_at": case((_moves, _new.updated_at), else_=col(ModelAlias.updated_at)),
        },
    ).returning(*(getattr(ModelAlias, name) for name in ModelAliasResponse.model_fields))
)
_VERSION = Query(
    select(*(getattr(ModelVersion, name) for name in ModelVersionResponse.model_fields))
    .join(ModelAlias, col(ModelAlias.version_id) == col(ModelVersion.id))
    .where(
        col(ModelAlias.ml_model_id) == bindparam("ml_model_id"),
        col(ModelAlias.owner_id) == bindparam("_owner_id"),
        col(ModelAlias.name) == bindparam("name"),
    )
)


class ModelAliasService(
    OwnedService[ModelAlias, ModelAliasCreate, ModelAliasUpdate, ModelAliasResponse]
):
    model = ModelAlias
    response = ModelAliasResponse

    async def version(self, ml_model_id: UUID, name: str) -> ModelVersionResponse:
        """Return the version that the alias points to."""
        rows = await _VERSION.rows(self._session, ml_model_id=ml_model_id, name=name, **self._scope)
        if not rows:
            raise self._not_found()
        names = ModelVersionResponse.model_fields
        return ModelVersionResponse.model_construct(**dict(zip(names, rows[0], strict=True)))

    async def put(self, ml_model_id: UUID, name: str, data: ModelAliasSet) -> ModelAliasResponse:
        """Create the alias, or move it."""
        now = utc_now()
        alias = ModelAlias(
            ml_model_id=ml_model_id,
            name=name,
            version_id=data.version_id,
            owner_id=self._owner_id,
            created_at=now,
            updated_at=now,
        )
        values = alias.model_dump()
        async with referring(self._session, self.model, values):
            rows = await _PUT.rows(self._session, **values)
        if not rows:
            raise NotFoundError(no_such(MlModel))
        return self._response(rows[0])
