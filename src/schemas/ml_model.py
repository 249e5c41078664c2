from typing import Literal
from uuid import UUID

from pydantic import MISSING

from src.models.ml_model import (
    MlModelBase,
    MlModelDescription,
    MlModelFramework,
    MlModelName,
    MlModelTask,
)
from src.models.types import BoolQuery, NonBlank
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


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
    sort: Literal["id", "-id", "task", "-task", "framework", "-framework"] = "-id"
    project_id: UUID | MISSING = MISSING
    project_id_in: Several[UUID] | MISSING = MISSING
    task: MlModelTask | MISSING = MISSING
    task_in: Several[MlModelTask] | MISSING = MISSING
    framework: NonBlank | MISSING = MISSING
    framework_in: Several[NonBlank] | MISSING = MISSING
    framework_null: BoolQuery | MISSING = MISSING
    description_null: BoolQuery | MISSING = MISSING
