from collections.abc import Mapping
from uuid import UUID

from pydantic import MISSING
from sqlalchemy import bindparam, select
from sqlmodel import col

from src.core.errors import ConflictError
from src.core.queries import Query
from src.models.feature_value import FeatureLatest
from src.models.feature_view import FeatureView
from src.schemas.feature_view import FeatureViewCreate, FeatureViewResponse, FeatureViewUpdate
from src.services.base import Versions
from src.services.owned import OwnedService

ADD_ONLY = "The view has values: features can be added to it, not removed and not changed."

_FIRST = Query(
    select(col(FeatureLatest.entity))
    .where(col(FeatureLatest.view_id) == bindparam("view"))
    .limit(1)
)


class FeatureViewService(
    OwnedService[FeatureView, FeatureViewCreate, FeatureViewUpdate, FeatureViewResponse]
):
    model = FeatureView
    response = FeatureViewResponse

    async def update(
        self, entity_id: UUID, changes: FeatureViewUpdate, if_match: Versions | None = None
    ) -> FeatureViewResponse:
        """Raises `ConflictError` if stored values would not have the features any more."""
        if changes.features is MISSING:
            return await super().update(entity_id, changes, if_match)
        view = await self.load(entity_id, if_match)  # after those who write values
        if not _adds(changes.features, view.features) and await self._has_values(entity_id):
            raise ConflictError(ADD_ONLY, fields=("features",))
        view.sqlmodel_update(changes.model_dump())
        return await self.save(view)

    async def _has_values(self, view_id: UUID) -> bool:
        return bool(await _FIRST.rows(self._session, view=view_id))


def _adds(new: Mapping[str, str], old: Mapping[str, str]) -> bool:
    return old.items() <= new.items()
