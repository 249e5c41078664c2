from typing import Annotated, Literal
from uuid import UUID

from pydantic import MISSING, BaseModel, Field

from src.models.ml_model import (
    MlModelBase,
    MlModelDescription,
    MlModelFramework,
    MlModelName,
    MlModelTask,
)
from src.models.model_version import ModelVersionStage
from src.models.types import Label, Text
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery


class MlModelCreate(MlModelBase, Payload):
    pass


class MlModelUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed."""

    project_id: UUID | MISSING = MISSING
    name: MlModelName | MISSING = MISSING
    task: MlModelTask | MISSING = MISSING
    framework: MlModelFramework | MISSING = MISSING
    description: MlModelDescription | MISSING = MISSING


class MlModelResponse(MlModelBase, EntityResponse):
    pass


class MlModelQuery(PageQuery):
    sort: Literal["id", "-id", "task", "-task"] = "-id"
    project_id: UUID | MISSING = MISSING
    task: MlModelTask | MISSING = MISSING
    framework: Label | MISSING = MISSING


class ComparisonQuery(BaseModel):
    model_config = {"extra": "forbid"}

    metric: Annotated[Text, Field(min_length=1, max_length=100)]
    goal: Literal["max", "min"] = "max"


class ComparedVersion(BaseModel):
    id: UUID
    number: int
    stage: ModelVersionStage
    value: float


class Comparison(BaseModel):
    """Of the versions that have the metric: the best first, and at most 100."""

    items: list[ComparedVersion]
