from datetime import datetime
from typing import Annotated, Any, TypedDict

from pydantic import AfterValidator, BaseModel, ConfigDict, FailFast, Field, with_config

from src.models.feature_value import EntityKey
from src.models.feature_view import FEATURES
from src.models.json_types import AsWhole
from src.models.types import Timestamp
from src.schemas.base import Payload

BATCH = 10_000
"""Most rows of a request that writes, or reads the past."""
BATCH_BYTES = 4_000_000
ENTITIES = 1_000
"""Most entities of a request that reads the latest values."""
CELLS = 100_000
"""Most values of an answer."""

Values = Annotated[
    dict[str, Any],
    AsWhole(FEATURES, f"must have at most {FEATURES} names"),
    Field(description="All features of the view; null for a missing value."),
]


@with_config(ConfigDict(extra="forbid"))
class FeatureValueCreate(TypedDict):
    # Not a model, which would take several times as long to build.
    entity: EntityKey
    event_at: Annotated[Timestamp, Field(description="The time from which on this was known.")]
    values: Values


def _distinct(rows: list[FeatureValueCreate]) -> list[FeatureValueCreate]:
    if len({(row["entity"], row["event_at"]) for row in rows}) < len(rows):
        msg = "must not have two rows of the same entity and time"
        raise ValueError(msg)
    return rows


class FeatureValueBatch(Payload):
    # Validation ends at the first error: a list of 10,000 would help nobody.
    rows: Annotated[
        list[FeatureValueCreate],
        FailFast(),
        Field(min_length=1, max_length=BATCH),
        AfterValidator(_distinct),
    ]


class FeatureValueReceipt(BaseModel):
    received: int
    stored: int
    """The number of rows that were not there yet."""
    moved: int
    """The number of entities whose latest values these are."""


class OnlineQuery(Payload):
    entities: Annotated[list[EntityKey], FailFast(), Field(min_length=1, max_length=ENTITIES)]


@with_config(ConfigDict(extra="forbid"))
class Moment(TypedDict):
    entity: EntityKey
    at: Timestamp


class HistoricalQuery(Payload):
    rows: Annotated[list[Moment], FailFast(), Field(min_length=1, max_length=BATCH)]


class FeatureRow(TypedDict):
    entity: str
    event_at: datetime | None
    """The time of the values; null if there are none, or none that are young enough."""
    values: dict[str, Any]
    """All features of the view."""


class FeatureRows(BaseModel):
    """A row for each one of the request, in its order."""

    view_version: int
    rows: list[FeatureRow]
