from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, BaseModel, Field

from src.models.json_types import Measures
from src.models.model_version import ModelVersionBase, ModelVersionStage
from src.models.types import BoolQuery, SafeIntQuery, Text
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class ModelVersionCreate(ModelVersionBase, Payload):
    pass


class ModelVersionUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed.

    The artefact and its hyperparameters never change; a new evaluation may change the metrics.
    """

    experiment_id: UUID | None | MISSING = MISSING
    train_metrics: Measures | MISSING = MISSING
    test_metrics: Measures | MISSING = MISSING
    stage: ModelVersionStage | MISSING = MISSING


class ModelVersionResponse(ModelVersionBase, EntityResponse):
    number: int
    """The number of the version within its model, from 1."""


class ModelVersionQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    ml_model_id: UUID | MISSING = MISSING
    ml_model_id_in: Several[UUID] | MISSING = MISSING
    experiment_id: UUID | MISSING = MISSING
    experiment_id_in: Several[UUID] | MISSING = MISSING
    experiment_id_null: BoolQuery | MISSING = MISSING
    size_bytes_min: SafeIntQuery | MISSING = MISSING
    size_bytes_max: SafeIntQuery | MISSING = MISSING
    stage: ModelVersionStage | MISSING = MISSING
    stage_in: Several[ModelVersionStage] | MISSING = MISSING


class ComparisonQuery(BaseModel):
    model_config = {"extra": "forbid"}

    metric: Annotated[Text, Field(min_length=1, max_length=250)]
    goal: Literal["max", "min"] = "max"


class ComparedVersion(BaseModel):
    id: UUID
    number: int
    stage: ModelVersionStage
    value: float


class Comparison(BaseModel):
    """Versions whose `test_metrics` have the metric: the best first, at most 100."""

    items: list[ComparedVersion]
