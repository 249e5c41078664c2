from typing import Annotated, NotRequired, TypedDict

from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    with_config,
)

from src.models.ml_metric import FIRST_STEP, LAST_STEP, MlMetricKey, MlMetricStep
from src.models.types import Float, SafeIntQuery, Timestamp, Whole
from src.schemas.base import Payload
from src.schemas.page import Cursor

BATCH = 10_000
"""Most points of a request."""
BATCH_BYTES = 4_000_000
"""Room for a batch of points with times and with the longest keys, in ASCII."""

MlMetricValue = Annotated[
    Float | None,
    Field(
        description="JSON has no NaN and no infinities: send null instead. It stays in the "
        "history, but is left out of summaries and series."
    ),
]


@with_config(ConfigDict(extra="forbid"))
class MlMetricCreate(TypedDict):
    # Not a model, which would take several times as long to build.
    key: MlMetricKey
    step: MlMetricStep
    value: MlMetricValue
    recorded_at: NotRequired[Annotated[Timestamp, Field(description="Defaults to now.")]]


def _distinct(points: list[MlMetricCreate]) -> list[MlMetricCreate]:
    if len({(point["key"], point["step"]) for point in points}) < len(points):
        msg = "must not have two points of the same key and step"
        raise ValueError(msg)
    return points


class MlMetricBatch(Payload):
    # Validation ends at the first error: a list of 10,000 would help nobody.
    points: Annotated[
        list[MlMetricCreate],
        FailFast(),
        Field(min_length=1, max_length=BATCH),
        AfterValidator(_distinct),
    ]


class MlMetricReceipt(BaseModel):
    received: int
    changed: int
    """The number of points that are new or have a new value."""


class MlMetricResponse(BaseModel):
    key: MlMetricKey
    step: MlMetricStep
    value: float | None
    recorded_at: Timestamp


class MlMetricQuery(BaseModel):
    model_config = {"extra": "forbid"}

    key: MlMetricKey | MISSING = MISSING
    min_step: SafeIntQuery = FIRST_STEP
    max_step: SafeIntQuery = LAST_STEP
    cursor: Cursor | MISSING = MISSING
    limit: Annotated[int, Field(ge=1, le=1000), Whole] = 100


class MlMetricSeriesQuery(BaseModel):
    model_config = {"extra": "forbid"}

    key: MlMetricKey
    points: Annotated[int, Field(ge=4, le=10_000, description="Most points to return."), Whole] = (
        500
    )


class MlMetricSeries(BaseModel):
    steps: list[int]
    values: list[float]
    count: int
    """The number of points with a value; the first, the last and the extremes are always shown."""
    nulls: int


class MlMetricPoint(BaseModel):
    step: int
    value: float


class MlMetricSummary(BaseModel):
    """The last value and the extremes; whether min or max is best depends on the metric."""

    key: str
    count: int
    last: MlMetricPoint
    min: MlMetricPoint
    max: MlMetricPoint
    """Like the minimum, at the first step that has it."""


class MlMetricSummaries(BaseModel):
    items: list[MlMetricSummary]
    """The summaries of the first 1,000 keys with values, in order."""
    truncated: bool
    """True if there are more."""
