"""The form that a view gives to the values of its features."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, TypedDict

from pydantic import (
    AfterValidator,
    ConfigDict,
    FailFast,
    Field,
    TypeAdapter,
    ValidationError,
    with_config,
)

from src.core.errors import InvalidError
from src.models.types import Bool, Float, SafeInt, Text
from src.schemas.base import message_of

FORMS = 64
"""The most forms that are kept: clients choose names and types."""
CHARACTERS = 1_000
"""Most characters of a text."""
SHOWN = 20
"""Most errors in an answer."""
OTHER_FEATURES = "The values are not those of the view."

_TYPES: Mapping[str, Any] = {
    "bool": Bool | None,
    "float": Annotated[Float, AfterValidator((0.0).__add__)] | None,  # -0.0 becomes 0.0, its equal
    "int": SafeInt | None,
    "text": Annotated[Text, Field(max_length=CHARACTERS)] | None,
}

type Values = dict[str, Any]


def in_form(features: Mapping[str, str], rows: Sequence[Values]) -> list[Values]:
    """Return the values of all rows, in the order of their names, as they are stored.

    Raises `InvalidError` with the errors of the first row that has other features.
    """
    try:
        return form_of(tuple(sorted(features.items()))).validate_python(rows)
    except ValidationError as error:
        raise InvalidError(OTHER_FEATURES, errors=_by_place(error)) from None


@lru_cache(FORMS)
def form_of(features: tuple[tuple[str, str], ...]) -> TypeAdapter[list[Values]]:
    named = TypedDict("named", {name: _TYPES[kind] for name, kind in features})  # type: ignore[misc]  # known at run time only
    row = with_config(ConfigDict(extra="forbid"))(named)
    rows: Any = Annotated[list[row], FailFast()]  # type: ignore[valid-type]  # known at run time only
    return TypeAdapter(rows)


def _by_place(error: ValidationError) -> Mapping[str, list[str]]:
    """Return messages as a request that does not match its schema gets them."""
    messages = defaultdict(list)
    for each in error.errors(include_url=False, include_context=False, include_input=False)[:SHOWN]:
        (row, *names), message = each["loc"], message_of(each)
        if each["type"] == "extra_forbidden":  # the name is the client's
            names, message = [], "unknown feature"
        messages[".".join(("body.rows", str(row), "values", *map(str, names)))].append(message)
    return messages
