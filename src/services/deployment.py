from uuid import UUID

from pydantic import MISSING
from sqlmodel import col, func, select

from src.core.errors import ConflictError, MissingReferenceError
from src.models.deployment import NEXT_STATUSES, Deployment
from src.models.ml_model import MlModel
from src.models.model_version import ModelVersion
from src.schemas.deployment import (
    Candidate,
    Criteria,
    DeploymentCreate,
    DeploymentResponse,
    DeploymentUpdate,
)
from src.services.base import Versions
from src.services.criteria import best_first, conditions_of, failed_by, value_of
from src.services.owned import OwnedService
from src.services.references import no_such
from src.services.transitions import check_transition

CANDIDATES = 5


class DeploymentService(
    OwnedService[Deployment, DeploymentCreate, DeploymentUpdate, DeploymentResponse]
):
    model = Deployment
    response = DeploymentResponse

    async def create(self, data: DeploymentCreate) -> DeploymentResponse:
        """Create a deployment. Raises `ConflictError` with `candidates` if no version qualifies."""
        values = data.model_dump(exclude={"criteria"})
        if data.criteria is not MISSING:
            values |= await self._chosen(data.criteria)
        return await self._insert(values)

    async def update(
        self, entity_id: UUID, changes: DeploymentUpdate, if_match: Versions | None = None
    ) -> DeploymentResponse:
        if changes.status is not MISSING:
            before = await self.load(entity_id, if_match)
            check_transition("deployment", NEXT_STATUSES, before.status, changes.status)
        return await super().update(entity_id, changes, if_match)

    async def _chosen(self, criteria: Criteria) -> dict[str, object]:
        """Return the version to deploy, and the reason."""
        best = [] if criteria.prefer_latest else [best_first(criteria)]
        metric, count = value_of(criteria.primary_metric), func.count().over()
        found = await self._session.exec(
            select(ModelVersion.id, ModelVersion.number, metric, count)
            .where(
                ModelVersion.owner_id == self._owner_id,
                ModelVersion.ml_model_id == criteria.ml_model_id,
                *conditions_of(criteria).values(),
            )
            .order_by(*best, col(ModelVersion.number).desc())
            .limit(1)
        )
        if chosen := found.first():
            version_id, number, value, passing = chosen
            return {"version_id": version_id, "reason": _reason(criteria, number, value, passing)}
        msg = "Nothing fulfils all criteria: see in candidates what the closest fail."
        raise ConflictError(msg, candidates=await self._candidates(criteria))

    async def _candidates(self, criteria: Criteria) -> list[Candidate]:
        """Return the versions that come closest. Raises `ConflictError` if there is no such model."""
        metric, fails = value_of(criteria.primary_metric), failed_by(criteria)
        found = await self._session.exec(
            select(ModelVersion.id, ModelVersion.number, metric, fails)
            .select_from(MlModel)
            .outerjoin(ModelVersion, col(ModelVersion.ml_model_id) == MlModel.id)
            .where(MlModel.owner_id == self._owner_id, MlModel.id == criteria.ml_model_id)
            .order_by(best_first(criteria), col(ModelVersion.number).desc())
            .limit(CANDIDATES)
        )
        rows = found.all()
        if not rows:
            raise MissingReferenceError(no_such(MlModel), ("criteria.ml_model_id",))
        return [
            Candidate(version_id=version_id, number=number, value=value, fails=places.split())
            for version_id, number, value, places in rows
            if version_id is not None  # null for a model without versions
        ]


def _reason(criteria: Criteria, number: int, value: float, passing: int) -> str:
    if criteria.prefer_latest:
        return f"Of {passing} passing, version {number} is the latest."
    most, name = "greatest" if criteria.goal == "max" else "smallest", criteria.primary_metric
    return f"Of {passing} passing, version {number} has the {most} {name}: {value}."
