from typing import Any
from uuid import UUID

from sqlalchemy import String, UnaryExpression, bindparam, select
from sqlmodel import col

from src.core.statements import Statement
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.schemas.ml_model import (
    ComparedVersion,
    Comparison,
    ComparisonQuery,
    MlModelCreate,
    MlModelResponse,
    MlModelUpdate,
)
from src.services.measures import measure
from src.services.owned import OwnedService

_number = col(ModelVersion.number)
_value = measure(col(ModelVersion.metrics), bindparam("metric", type_=String)).label("value")


def _versions(best_first: UnaryExpression[Any]) -> Statement:
    return Statement(
        select(col(ModelVersion.id), _number, col(ModelVersion.stage), _value)
        .where(
            col(ModelVersion.ml_model_id) == bindparam("ml_model_id"),
            col(ModelVersion.owner_id) == bindparam("_owner"),
            _value.is_not(None),
        )
        .order_by(best_first, _number.desc())
        .limit(100)
    )


_COMPARE = {"max": _versions(_value.desc()), "min": _versions(_value.asc())}


class MlModelService(OwnedService[MlModel, MlModelCreate, MlModelUpdate, MlModelResponse]):
    model = MlModel
    response = MlModelResponse

    async def compare(self, ml_model_id: UUID, query: ComparisonQuery) -> Comparison:
        rows = await _COMPARE[query.goal].rows(
            self._session, ml_model_id=ml_model_id, metric=query.metric, **self._own
        )
        if not rows:
            await self.get(ml_model_id)  # or there is no such model
        names = ComparedVersion.model_fields
        items = [ComparedVersion(**dict(zip(names, row, strict=True))) for row in rows]
        return Comparison(items=items)
