"""What the requests and answers of MLflow's protocol share.

Clients of other versions may send fields that are not known here: they are ignored, as MLflow's own
server does. A field without a value is left out of an answer.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from src.models.types import Text
from src.schemas.mlflow_names import as_path

IN_BATCH = 1_000
"""Most metrics, parameters and tags of a request together."""
NAMED_IN_BATCH = 100
"""Most parameters of a request, and most tags."""
PAGE_OF_RUNS = 1_000
"""Most runs, models or experiments of an answer, whatever the client asks for."""
FILTER_CHARACTERS = 4_000
ORDERS = 10
"""Most orders of a search."""
ASKED = 50_000
"""Most results that MLflow's own validation lets a client ask for."""
OFFSET = 1_000_000
"""Most results that pages of a search can pass over."""
DEFAULT_ID = "0"
"""The experiment of runs that name none."""

VALUE_LENGTH = 65_536
"""Most characters of a tag, and of a parameter of a logged model; those of runs have less room."""

ViewType = Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]


Key = Annotated[
    str,
    StringConstraints(pattern=r"^[/\w.\- :]+$", min_length=1, max_length=250),
    AfterValidator(as_path),
]
"""Of a metric, a parameter or a tag."""
Id = Annotated[str, StringConstraints(max_length=256)]
Note = Annotated[Text, Field(max_length=100_000)]
FilterText = Annotated[Text, Field(max_length=FILTER_CHARACTERS)]
Orders = Annotated[
    list[Annotated[Text, Field(max_length=FILTER_CHARACTERS)]], Field(max_length=ORDERS)
]
PageToken = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_=-]*$", max_length=100)]


class MlflowRequest(BaseModel):
    pass


ANSWER = ConfigDict(ser_json_inf_nan="strings")
"""JSON has no NaN: the protocol writes it as a text."""


class MlflowAnswer(BaseModel):
    """The parts of an answer that come by the thousand are dataclasses, which are made four times faster."""

    model_config = ANSWER


class Nothing(MlflowAnswer):
    """The answer of a call that returns nothing."""


class Tag(MlflowRequest, MlflowAnswer):
    key: Key
    value: Annotated[Text, Field(max_length=VALUE_LENGTH)] = ""


@dataclass(slots=True)
class KeyValue:
    key: str
    value: str


Tags = Annotated[list[Tag], Field(max_length=NAMED_IN_BATCH)]


class Failure(MlflowAnswer):
    error_code: str
    message: str


class SearchRequest(MlflowRequest):
    filter: FilterText = ""
    max_results: Annotated[int, Field(ge=1, le=ASKED)] = PAGE_OF_RUNS
    order_by: Orders = Field(default=[])
    page_token: PageToken = ""


def texts_of(tags: Iterable[Tag]) -> dict[str, str]:
    return {each.key: each.value for each in tags}


def listed(values: Mapping[str, object]) -> list[KeyValue]:
    """Return names and values as texts, as the protocol has them."""
    return [KeyValue(key=key, value=text_of(value)) for key, value in values.items()]


def text_of(value: object) -> str:
    """Return a value of JSON as the text that JSON has for it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


_OFFSET = re.compile(r"[0-9]{1,7}", re.ASCII)


def offset_of(token: str) -> int | None:
    """Return how many results a token passes over; None if it is none of ours."""
    if not token:
        return 0
    found = int(token) if _OFFSET.fullmatch(token) else OFFSET + 1
    return found if found <= OFFSET else None


def first[Item](values: Sequence[Item]) -> Item | None:
    return values[0] if values else None


class ServerInfo(MlflowAnswer):
    store_type: str = "SqlStore"
    workspaces_enabled: bool = False
    trace_archival_enabled: bool = False
    multipart_uploads_enabled: bool = False
    multipart_downloads_enabled: bool = False
