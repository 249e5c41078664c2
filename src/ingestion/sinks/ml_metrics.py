"""Takes records as points of metrics. Each names its experiment."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, StringConstraints, TypeAdapter, with_config
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.failures import translated
from src.models.base import table_of, utc_now
from src.models.experiment import Experiment
from src.models.ml_metric import MlMetric
from src.schemas.ml_metric import MlMetricCreate
from src.services.ml_metric_inserts import given, merged

UNKNOWN = "experiment_id: There is no such experiment."


# As the API shows ids. Objects of the class UUID would take as long as all the rest of a record.
ExperimentId = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]


@with_config(ConfigDict(extra="forbid"))
class MlMetricRecord(MlMetricCreate):
    experiment_id: ExperimentId


_TABLE = table_of(MlMetric)
_COLUMNS = (_TABLE.c[name] for name in ("experiment_id", "key", "step", "value", "recorded_at"))
_INSERT = {
    dialect: merged(points, points.c.experiment_id) for dialect, points in given(*_COLUMNS).items()
}
_RECORD = TypeAdapter(MlMetricRecord)
_RECORDS = TypeAdapter(list[MlMetricRecord])


class MlMetricSink:
    """A new value replaces the old one; the same value changes nothing."""

    read = staticmethod(_RECORD.validator.validate_json)

    async def write(
        self, session: AsyncSession, owner_id: UUID, rows: Sequence[MlMetricRecord]
    ) -> Mapping[int, str]:
        """Write points. The last one counts of those with the same key and step."""
        ids = {each["experiment_id"] for each in rows}
        known = await self._known(session, owner_id, ids)
        points = {
            (each["experiment_id"], each["key"], each["step"]): each
            for each in rows
            if each["experiment_id"] in known
        }
        insert = _INSERT[session.get_bind().dialect.name]
        text = _RECORDS.dump_json([*points.values()]).decode()
        with translated(_TABLE):
            await session.exec(insert, params={"points": text, "now": utc_now()})
        if len(known) == len(ids):
            return {}
        return {n: UNKNOWN for n, each in enumerate(rows) if each["experiment_id"] not in known}

    async def _known(self, session: AsyncSession, owner_id: UUID, ids: set[str]) -> frozenset[str]:
        """Return those of the owner's experiments, which nobody deletes until the transaction ends."""
        mine = select(Experiment.id).where(
            Experiment.owner_id == owner_id, col(Experiment.id).in_(map(UUID, ids))
        )
        locked = mine.with_for_update(read=True, key_share=True)
        return frozenset(map(str, await session.exec(locked)))


sink = MlMetricSink()
