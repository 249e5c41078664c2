from uuid import UUID

from sqlalchemy import String, UnaryExpression, bindparam, select, update
from sqlmodel import col

from src.core.errors import MissingReferenceError
from src.core.queries import Query
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.schemas.model_version import (
    ComparedVersion,
    Comparison,
    ComparisonQuery,
    ModelVersionCreate,
    ModelVersionResponse,
    ModelVersionUpdate,
)
from src.services.measures import measure
from src.services.ml_model import MlModelService
from src.services.owned import OwnedService
from src.services.references import no_such

# Locks the model's row until the transaction ends, so that no two versions get the same number.
_COUNT = Query(
    update(MlModel)
    .where(
        col(MlModel.id) == bindparam("ml_model_id"), col(MlModel.owner_id) == bindparam("_owner_id")
    )
    # Bookkeeping: keep `updated_at`.
    .values(last_number=col(MlModel.last_number) + 1, updated_at=col(MlModel.updated_at))
    .returning(col(MlModel.last_number))
)
_number = col(ModelVersion.number)
_value = measure(col(ModelVersion.test_metrics), bindparam("metric", type_=String)).label("value")


def _compared(best_first: UnaryExpression[float]) -> Query:
    return Query(
        select(col(ModelVersion.id), _number, col(ModelVersion.stage), _value)
        .where(
            col(ModelVersion.ml_model_id) == bindparam("ml_model_id"),
            col(ModelVersion.owner_id) == bindparam("_owner_id"),
            _value.is_not(None),
        )
        .order_by(best_first, _number.desc())
        .limit(100)
    )


_COMPARE = {"max": _compared(_value.desc()), "min": _compared(_value.asc())}


class ModelVersionService(
    OwnedService[ModelVersion, ModelVersionCreate, ModelVersionUpdate, ModelVersionResponse]
):
    model = ModelVersion
    response = ModelVersionResponse

    async def create(self, data: ModelVersionCreate) -> ModelVersionResponse:
        counted = await _COUNT.rows(self._session, ml_model_id=data.ml_model_id, **self._scope)
        if not counted:
            raise MissingReferenceError(no_such(MlModel), ("ml_model_id",))
        return await self._insert({**data.model_dump(), "number": counted[0][0]})

    async def compare(self, ml_model_id: UUID, query: ComparisonQuery) -> Comparison:
        rows = await _COMPARE[query.goal].rows(
            self._session, ml_model_id=ml_model_id, metric=query.metric, **self._scope
        )
        if not rows:  # raises if there is no such model
            await MlModelService(self._session, self._owner_id).get(ml_model_id)
        names = ComparedVersion.model_fields
        items = [ComparedVersion(**dict(zip(names, row, strict=True))) for row in rows]
        return Comparison(items=items)
