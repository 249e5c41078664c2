"""Field types that every database can store, shared by all features."""

import json
from typing import Annotated

from pydantic import AfterValidator, JsonValue, SkipValidation, StringConstraints
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

# PostgreSQL's text cannot hold NUL. A constrained string refuses lone surrogates by itself.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
]
"""Text that says something: not empty, and without the white space around it."""

JSON_BYTES = 65_536
JSON_DEPTH = 32


def _storable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    try:
        _check_depth_and_text(value, JSON_DEPTH)
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError):
        msg = (
            f"must be JSON of at most {JSON_DEPTH} levels, "
            "without NaN, infinity, NUL characters and lone surrogates"
        )
        raise ValueError(msg) from None
    if size > JSON_BYTES:
        msg = f"must have at most {JSON_BYTES} bytes"
        raise ValueError(msg)
    return value


def _check_depth_and_text(value: JsonValue, depth: int) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError
    if isinstance(value, dict | list):
        if depth == 0:
            raise ValueError
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            _check_depth_and_text(item, depth - 1)


# The values are checked as a whole, so that an error names the field and not the client's keys.
JsonObject = Annotated[dict[str, SkipValidation[JsonValue]], AfterValidator(_storable)]
JsonColumn = JSON().with_variant(JSONB(), "postgresql")
