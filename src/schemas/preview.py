from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import MISSING, BaseModel, Field, model_validator

from src.models.json_objects import JsonOf
from src.models.types import BoolQuery

PreviewFormat = Literal["csv", "jsonl", "parquet"]
PreviewEncoding = Literal["utf-8", "utf-16", "latin-1"]
PreviewDelimiter = Literal["comma", "semicolon", "tab", "pipe"]
ColumnType = Literal[
    "boolean", "integer", "number", "date", "time", "timestamp", "text", "binary", "json"
]
Cell = bool | int | float | str | None
"""A number that JSON cannot have, or that JavaScript would round, is a text."""


class PreviewOptions(BaseModel):
    """How to read the file; what is absent is found out."""

    model_config = {"extra": "forbid"}

    format: PreviewFormat | MISSING = MISSING
    encoding: PreviewEncoding | MISSING = MISSING
    delimiter: PreviewDelimiter | MISSING = MISSING
    header: Annotated[
        BoolQuery | MISSING, Field(description="Whether the first line has the names of columns.")
    ] = MISSING

    @property
    def key(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.model_dump().items())

    @model_validator(mode="after")
    def _fits_the_format(self) -> Self:
        if self.format in {"jsonl", "parquet"} and len(self.model_fields_set) > 1:
            msg = "encoding, delimiter and header are for format=csv"
            raise ValueError(msg)
        return self


class PreviewRequest(BaseModel):
    file_id: UUID
    options: PreviewOptions


class TopValue(BaseModel):
    value: Cell
    count: int


class PreviewColumn(BaseModel):
    name: str
    type: ColumnType
    nulls: int
    distinct: int
    min: Cell
    max: Cell
    mean: float | None
    quantiles: list[float] | None
    """The quarter, the half and three quarters of the values are at most as large."""
    top: list[TopValue]
    """The most frequent values."""


class PreviewData(BaseModel):
    format: PreviewFormat
    encoding: PreviewEncoding | None
    delimiter: str | None
    """One of the options, or the character itself."""
    header: bool | None
    row_count: int | None
    """Null if the file is too large to be read to its end."""
    column_count: int
    columns: list[PreviewColumn]
    """The first ones, with a profile of their values."""
    rows: list[list[Cell]]
    """The first ones, with the values of these columns."""
    profiled_rows: int
    """The rows that the profile is about, from the first one."""
    is_exact: bool
    """Whether distinct values, quantiles and top values are counted; otherwise they are estimated."""


PreviewContent = Annotated[dict[str, Any], JsonOf(PreviewData)]


class PreviewResponse(BaseModel):
    model_config = {"json_schema_serialization_defaults_required": True}

    status: Literal["ready", "failed"]
    job_id: UUID | None = None
    """The job that failed: `POST /jobs/{id}/retry` lets it try again."""
    error_code: str | None = None
    error: str | None = None
    preview: PreviewContent | None = None
