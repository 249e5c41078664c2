from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from src.models.file_origin import FilePart
from src.schemas.base import Payload
from src.schemas.job import Kind
from src.schemas.preprocessing import STEPS, Split, Step


def _with_one_split(steps: list[Any]) -> list[Any]:
    if sum(isinstance(each, Split) for each in steps) > 1:
        msg = "must split the rows once at most"
        raise ValueError(msg)
    return steps


Steps = Annotated[
    list[Step], Field(min_length=1, max_length=STEPS), AfterValidator(_with_one_split)
]


class PreprocessingCreate(Payload):
    steps: Steps
    """In their order. A split is made first: what the others learn, they learn from its first part."""


class PreprocessTask(BaseModel):
    """What the job of a preprocessing is given."""

    file_id: UUID
    steps: Steps


class PreprocessResult(BaseModel):
    file_ids: list[UUID]
    """The new file; if the rows were split, that to train with and that to test with."""


PREPROCESS = Kind(
    "preprocess",
    PreprocessTask,
    timeout=timedelta(minutes=30),
    packages=("duckdb", "sklearn"),
)


class PreparedPart(BaseModel):
    """What the child process tells about a file that it has written."""

    part: FilePart | None
    rows: int
    columns: int


class Prepared(BaseModel):
    parts: list[PreparedPart]


class FileOriginResponse(BaseModel):
    derived_from: UUID | None
    """The file that this one was made from; null once that is deleted."""
    sha256: str
    """Of that file's content."""
    steps: list[dict[str, Any]]
    part: FilePart | None
    """Which part of the rows it has, if they were split."""
