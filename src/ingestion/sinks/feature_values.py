"""Takes records as values of views. Each names its view."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from pydantic import ConfigDict, TypeAdapter, with_config
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.models.feature_view import FeatureView, FeatureViewName
from src.schemas.feature_value import FeatureValueBatch, FeatureValueCreate
from src.services.feature_value import FeatureValueService

UNKNOWN = "view: There is no such view."


@with_config(ConfigDict(extra="forbid"))
class FeatureValueRecord(FeatureValueCreate):
    view: FeatureViewName


_RECORD = TypeAdapter(FeatureValueRecord)


class FeatureValueSink:
    """A row that is stored already changes nothing; other values of its time are refused."""

    read = staticmethod(_RECORD.validate_json)

    async def write(
        self, session: AsyncSession, owner_id: UUID, rows: Sequence[FeatureValueRecord]
    ) -> Mapping[int, str]:
        """Append rows to their views, in the order of the views."""
        views = await _views(session, owner_id, {each["view"] for each in rows})
        values = FeatureValueService(session, owner_id)
        for name, view_id in sorted(views.items()):
            batch = [_row(each) for each in rows if each["view"] == name]
            await values.append(view_id, FeatureValueBatch.model_construct(rows=batch))
        return {n: UNKNOWN for n, each in enumerate(rows) if each["view"] not in views}


async def _views(session: AsyncSession, owner_id: UUID, names: set[str]) -> dict[str, UUID]:
    mine = select(FeatureView.name, FeatureView.id).where(
        FeatureView.owner_id == owner_id, col(FeatureView.name).in_(names)
    )
    return dict((await session.exec(mine)).all())


def _row(record: FeatureValueRecord) -> FeatureValueCreate:
    return {
        "entity": record["entity"],
        "event_at": record["event_at"],
        "values": record["values"],
    }


sink = FeatureValueSink()
