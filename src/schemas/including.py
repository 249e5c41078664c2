"""Answers that also show the rows that a row refers to, or is linked with."""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args

from pydantic import MISSING, BaseModel, Field

from src.models.link import Link
from src.schemas.base import EntityResponse
from src.schemas.page import PageQuery, Several

LINKED = 20
"""The most linked rows that an answer shows of a row."""

Row = TypeVar("Row")
Included = Annotated[Row | None | MISSING, Field(exclude_if=lambda row: row is MISSING)]
"""Absent unless asked for; null if the reference is, or if the row has gone since it was read."""
_Several = Annotated[list[Row], Field(max_length=LINKED)]
Linked = Annotated[_Several[Row] | MISSING, Field(exclude_if=lambda rows: rows is MISSING)]
"""Absent unless asked for; the newest first, of which the list of links shows all."""


@dataclass(frozen=True)
class By:
    """The links by whose table such rows are found."""

    link: type[Link]


class Including(EntityResponse):
    """A row, with fields for those rows behind its own."""


def link_of(including: type[Including], name: str) -> type[Link] | None:
    marks = including.model_fields[name].metadata
    return next((each.link for each in marks if isinstance(each, By)), None)


def included_in(shown: Including) -> bytes:
    """Return the rows that an answer includes, as JSON; nothing if nobody has asked for any."""
    fields = type(shown).model_fields.items()
    names = {name for name, field in fields if field.default is MISSING}
    asked = {name for name in names if getattr(shown, name) is not MISSING}
    return shown.model_dump_json(include=asked).encode() if asked else b""


class Include[Name](BaseModel):
    """The query parameter of a row. Unknown ones are refused."""

    model_config = {"extra": "forbid"}

    include: Annotated[
        Several[Name] | MISSING,
        Field(description="References and links whose rows the answer shows, too."),
    ] = MISSING


class IncludingQuery[Name](PageQuery, Include[Name]):
    """Those of a list."""

    def filters(self) -> dict[str, object]:
        return {
            name: value
            for name, value in super().filters().items()
            if name not in Include.model_fields
        }


def response_of(including: type[Including], name: str) -> type[BaseModel]:
    """Return the first of the types that `Included` and `Linked` stand for."""
    found: Any = including.model_fields[name].annotation
    while args := get_args(found):
        found = args[0]
    response: type[BaseModel] = found
    return response
