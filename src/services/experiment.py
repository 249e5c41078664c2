from uuid import UUID

from pydantic import MISSING

from src.models.base import utc_now
from src.models.experiment import NEXT_STATUSES, Experiment, ExperimentStatus
from src.schemas.experiment import ExperimentCreate, ExperimentResponse, ExperimentUpdate
from src.services.base import Versions
from src.services.owned import OwnedService
from src.services.transitions import check_transition


class ExperimentService(
    OwnedService[Experiment, ExperimentCreate, ExperimentUpdate, ExperimentResponse]
):
    model = Experiment
    response = ExperimentResponse

    async def create(self, data: ExperimentCreate) -> ExperimentResponse:
        now = utc_now()
        started = {"started_at": now} if data.status == "running" else {}
        return await self._insert(data.model_dump() | started, now)

    async def update(
        self, entity_id: UUID, changes: ExperimentUpdate, if_match: Versions | None = None
    ) -> ExperimentResponse:
        if changes.status is MISSING:
            return await super().update(entity_id, changes, if_match)
        experiment = await self.load(entity_id, if_match)
        if changes.status != experiment.status:
            _change_status(experiment, changes.status)
        experiment.sqlmodel_update(changes.model_dump())
        return await self.save(experiment)


def _change_status(experiment: Experiment, status: ExperimentStatus) -> None:
    check_transition("experiment", NEXT_STATUSES, experiment.status, status)
    if status == "running":
        experiment.started_at = experiment.started_at or utc_now()
        experiment.finished_at = None
    else:
        experiment.finished_at = utc_now()
