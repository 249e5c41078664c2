"""Query parameters of lists, and the pages that answer them."""

from typing import Annotated, Self, TypeVar

from pydantic import MISSING, BaseModel, Field, StringConstraints, model_validator

from src.models.types import BoolQuery, PageLimit, PageSkip

CURSOR = 2_000
Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+$", max_length=CURSOR)]
FILTER_VALUES = 20
"""Most values of a filter for one of several."""

Value = TypeVar("Value")
Several = Annotated[list[Value], Field(min_length=1, max_length=FILTER_VALUES)]
"""Values that stand in the URL one by one: ``status_in=draft&status_in=sent``."""


class PageQuery(BaseModel):
    """Query parameters of a list. Unknown ones are refused.

    The fields that a feature adds are filters: the name of a column for its value, or with an
    ending: ``_min`` and ``_max`` for a bound, ``_in`` for one of several values, ``_null`` for none.
    """

    model_config = {"extra": "forbid"}

    limit: PageLimit = 20
    cursor: Annotated[
        Cursor | MISSING,
        Field(description="`next_cursor` of the previous page, in the same order."),
    ] = MISSING
    skip: Annotated[PageSkip, Field(description="Items to skip; not with `cursor`.")] = 0
    sort: Annotated[
        str, Field(description="`-` reverses the order. Ids grow with time: `-id` is newest first.")
    ] = "-id"
    total: Annotated[BoolQuery, Field(description="Count all items; this reads every one.")] = False

    def filters(self) -> dict[str, object]:
        names = self.model_fields_set - PageQuery.model_fields.keys()
        return {name: getattr(self, name) for name in names}

    @model_validator(mode="after")
    def _choose_one_start(self) -> Self:
        if self.skip and self.cursor is not MISSING:  # generated clients send defaults, too
            msg = "Use skip or cursor, not both."
            raise ValueError(msg)
        return self


class Page[Item](BaseModel):
    items: list[Item]
    next_cursor: str | None
    """The start of the next page; null on the last one."""
    total: int | None
    """Null unless requested."""
