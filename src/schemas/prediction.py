from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, FailFast, Field

from src.models.json_types import AsWhole
from src.models.types import Bool, Float, Text
from src.schemas.base import Payload
from src.schemas.preprocessing import COLUMNS, ColumnName

ROWS = 1_000
"""Most rows of a request."""
PREDICTION_BYTES = 1_000_000
CHARACTERS = 1_000
"""Most characters of a text."""

Value = Float | Bool | Annotated[Text, Field(max_length=CHARACTERS)] | None
Row = Annotated[
    dict[ColumnName, Value],
    Field(max_length=COLUMNS),
    AsWhole(COLUMNS, "must have a number, a text, true, false or null by the name of each column"),
]


class PredictionCreate(Payload):
    rows: Annotated[list[Row], FailFast(), Field(min_length=1, max_length=ROWS)]
    """Each has all features of the model, and nothing else."""


class PredictionResponse(BaseModel):
    predictions: list[int | float | str]
    """One for each row."""
    classes: list[int | str] | None
    """Null if the model predicts numbers."""
    probabilities: list[list[float]] | None
    """For each row, in the order of the classes."""


class Feature(BaseModel):
    name: str
    type: Literal["number", "text"]


class SignatureResponse(BaseModel):
    """What a version takes and predicts."""

    model_type: str
    target_column: str
    features: list[Feature]
    file_id: UUID
    """The artefact."""
