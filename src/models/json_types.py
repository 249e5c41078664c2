"""JSON columns with values of known types, under keys that clients choose."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, core_schema

from src.models.storable import storable
from src.models.types import Bool, Float, SafeInt, Text

NAMES = 1_000
"""Most names of parameters: trainers of language models log hundreds."""
MEASURES = 200
TAGS = 100


@dataclass(frozen=True)
class AsWhole:
    """Counts names before values are looked at, and replaces all errors by one, because each of
    them would repeat the client's keys.
    """

    names: int
    message: str

    def __get_pydantic_core_schema__(
        self, source: type, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def validate(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, dict) and len(value) > self.names:
                raise ValueError(self.message)
            try:
                return inner(value)
            except ValidationError:
                raise ValueError(self.message) from None

        return core_schema.no_info_wrap_validator_function(validate, handler(source))


def _without_loss(value: object) -> object:
    """Refuse integers that a float would change, such as a seed of 64 bits."""
    values = value.values() if isinstance(value, dict) and len(value) <= NAMES else ()
    if not all(_is_as_float(each) for each in values if isinstance(each, int)):
        msg = "must not have whole numbers that a float would change: write them as texts"
        raise ValueError(msg)
    return value


def _is_as_float(number: int) -> bool:
    """Compare with the float's shortest digits, because PostgreSQL writes 1e300 as an integer."""
    try:
        return Decimal(repr(float(number))) == number
    except OverflowError:
        return False


Key = Annotated[str, StringConstraints(min_length=1, max_length=250)]

Parameters = Annotated[
    dict[Key, Annotated[Text, Field(max_length=6000)] | Bool | SafeInt | Float | None],
    Field(max_length=NAMES),
    AsWhole(
        NAMES, f"must have at most {NAMES} names, each with a text, a number, true, false or null"
    ),
    AfterValidator(storable),
    BeforeValidator(_without_loss),
]
Tags = Annotated[
    dict[Key, Annotated[Text, Field(max_length=8000)]],
    Field(max_length=TAGS),
    AsWhole(TAGS, f"must have at most {TAGS} names, each with a text of at most 8000 characters"),
    AfterValidator(storable),
]
Measures = Annotated[
    dict[Key, Float],
    Field(max_length=MEASURES),
    AsWhole(MEASURES, f"must have at most {MEASURES} names, each with a number"),
    AfterValidator(storable),
]
