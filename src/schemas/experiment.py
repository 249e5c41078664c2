from typing import Literal
from uuid import UUID

from pydantic import MISSING

from src.models.experiment import (
    ExperimentBase,
    ExperimentDescription,
    ExperimentModelType,
    ExperimentName,
    ExperimentRunId,
    ExperimentRunUrl,
    ExperimentSourceCommit,
    ExperimentStatus,
)
from src.models.json_types import Parameters, Tags
from src.models.types import BoolQuery, NonBlank, Timestamp
from src.schemas.base import EntityResponse, Payload
from src.schemas.page import PageQuery, Several


class ExperimentCreate(ExperimentBase, Payload):
    # An import sends the rest as changes: an experiment that completed or failed has also started.
    status: Literal["created", "running"] = "created"


class ExperimentUpdate(Payload):
    """An absent field stays as it is; a null one is cleared, where that is allowed."""

    project_id: UUID | MISSING = MISSING
    name: ExperimentName | MISSING = MISSING
    description: ExperimentDescription | MISSING = MISSING
    model_type: ExperimentModelType | MISSING = MISSING
    hyperparameters: Parameters | MISSING = MISSING
    tags: Tags | MISSING = MISSING
    status: ExperimentStatus | MISSING = MISSING
    run_id: ExperimentRunId | MISSING = MISSING
    run_url: ExperimentRunUrl | MISSING = MISSING
    source_commit: ExperimentSourceCommit | MISSING = MISSING


class ExperimentResponse(ExperimentBase, EntityResponse):
    started_at: Timestamp | None
    finished_at: Timestamp | None


class ExperimentQuery(PageQuery):
    sort: Literal["id", "-id", "model_type", "-model_type", "run_id", "-run_id"] = "-id"
    project_id: UUID | MISSING = MISSING
    project_id_in: Several[UUID] | MISSING = MISSING
    description_null: BoolQuery | MISSING = MISSING
    model_type: NonBlank | MISSING = MISSING
    model_type_in: Several[NonBlank] | MISSING = MISSING
    model_type_null: BoolQuery | MISSING = MISSING
    status: ExperimentStatus | MISSING = MISSING
    status_in: Several[ExperimentStatus] | MISSING = MISSING
    run_id: NonBlank | MISSING = MISSING
    run_id_in: Several[NonBlank] | MISSING = MISSING
    run_id_null: BoolQuery | MISSING = MISSING
    run_url_null: BoolQuery | MISSING = MISSING
    source_commit_null: BoolQuery | MISSING = MISSING
