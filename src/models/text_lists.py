"""Lists of texts that every database can store."""

from typing import Annotated

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from src.models.types import NonBlank, Trimmed

ITEMS, ITEM = 100, 200


def _as_whole(value: object, validated: ValidatorFunctionWrapHandler) -> object:
    """Count items before they are looked at, and replace the errors of all by one."""
    msg = f"must have at most {ITEMS} texts, none of them blank or over {ITEM} characters"
    if isinstance(value, list) and len(value) > ITEMS:
        raise ValueError(msg)
    try:
        return validated(value)
    except ValidationError:
        raise ValueError(msg) from None


Texts = Annotated[
    list[Annotated[NonBlank, Field(min_length=1, max_length=ITEM), Trimmed]],
    Field(max_length=ITEMS),
    WrapValidator(_as_whole),
]
