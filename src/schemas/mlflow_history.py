"""Curves of runs in MLflow's protocol."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from src.schemas.mlflow_base import Id, MlflowAnswer, MlflowRequest
from src.schemas.mlflow_tracking import MetricAnswer, RunNamed, Step

HISTORY = 25_000
"""Most points of an answer."""
RUNS = 90
"""Most runs whose histories are asked for at once, by as many parameters of a URL."""
POINTS = 2_500
"""Most points of each of these runs."""

MetricKey = Annotated[str, StringConstraints(min_length=1, max_length=250)]


class GetHistory(RunNamed):
    metric_key: MetricKey
    page_token: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,12}$")] = ""
    max_results: Annotated[int, Field(ge=1)] = HISTORY


class GetHistories(MlflowRequest):
    run_ids: Annotated[list[Id], Field(min_length=1, max_length=RUNS)]
    metric_key: MetricKey
    start_step: Step | None = None
    end_step: Step | None = None
    max_results: Annotated[int, Field(ge=1, le=POINTS)] = POINTS

    @model_validator(mode="after")
    def _between_two_steps(self) -> Self:
        steps = [each for each in (self.start_step, self.end_step) if each is not None]
        if len(steps) == 1 or steps != sorted(steps):
            msg = "a first step needs a last one that is not before it"
            raise ValueError(msg)
        return self


class HistoryAnswer(MlflowAnswer):
    metrics: list[MetricAnswer]
    next_page_token: str | None = None
