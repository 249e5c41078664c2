"""Runs, and what they log, in MLflow's protocol."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from src.models.types import Text
from src.schemas.mlflow_base import (
    ANSWER,
    IN_BATCH,
    NAMED_IN_BATCH,
    Id,
    Key,
    MlflowRequest,
    SearchRequest,
    Tag,
    ViewType,
)
from src.schemas.mlflow_names import cut

BATCH_BYTES = 1_000_000
"""Most bytes of a request that logs, as in MLflow's own validation."""
EXPERIMENTS = 100
"""Most experiments that are searched at once."""

RunStatus = Literal["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]
# In milliseconds; the years 1970 to 9999.
Moment = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
Step = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
RunName = Annotated[Text, cut(250)]


class RunTag(Tag):
    value: Annotated[Text, cut(8000)] = ""


RunTags = Annotated[list[RunTag], Field(max_length=NAMED_IN_BATCH)]


class RunNamed(MlflowRequest):
    """Clients send the id under both names."""

    run_id: Id = ""
    run_uuid: Id = ""

    @model_validator(mode="after")
    def _with_an_id(self) -> Self:
        self.run_id = self.run_id or self.run_uuid
        return self


class CreateRun(MlflowRequest):
    experiment_id: Id = ""
    user_id: Annotated[Text, Field(max_length=256)] = ""
    run_name: RunName = ""
    start_time: Moment | None = None
    tags: RunTags = Field(default=[])


class UpdateRun(RunNamed):
    status: RunStatus | None = None
    end_time: Moment | None = None
    run_name: RunName | None = None


class Metric(MlflowRequest):
    key: Key
    value: float
    timestamp: Moment
    step: Step = 0
    model_id: Id = ""
    dataset_name: Annotated[Text, Field(max_length=500)] = ""
    dataset_digest: Annotated[Text, Field(max_length=36)] = ""


class LogMetric(Metric, RunNamed):
    pass


class Param(MlflowRequest):
    key: Key
    value: Annotated[Text, cut(6000)] = ""


class LogParam(Param, RunNamed):
    pass


class SetTag(RunTag, RunNamed):
    pass


class DeleteTag(RunNamed):
    key: Key


class LogBatch(RunNamed):
    metrics: Annotated[list[Metric], Field(max_length=IN_BATCH)] = Field(default=[])
    params: Annotated[list[Param], Field(max_length=NAMED_IN_BATCH)] = Field(default=[])
    tags: RunTags = Field(default=[])

    @model_validator(mode="after")
    def _within_one_request(self) -> Self:
        if len(self.metrics) + len(self.params) + len(self.tags) > IN_BATCH:
            msg = f"a request has at most {IN_BATCH} metrics, parameters and tags together"
            raise ValueError(msg)
        if len({each.key for each in self.params}) < len(self.params):
            msg = "a request has one value of a parameter"
            raise ValueError(msg)
        return self


class SearchRuns(SearchRequest):
    experiment_ids: Annotated[list[Id], Field(max_length=EXPERIMENTS)] = Field(default=[])
    run_view_type: ViewType = "ACTIVE_ONLY"


@dataclass(slots=True)
class MetricAnswer:
    __pydantic_config__ = ANSWER

    key: str
    value: float
    timestamp: int
    step: int
    run_id: str | None = None
    model_id: str | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None
