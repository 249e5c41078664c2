"""JSON that every database can store."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, JsonValue
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

JSON_BYTES = 65_536
JSON_DEPTH = 32


def storable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
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
# With JsonValue, Python code would also serialise each of them.
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]


class _Json(JSON):
    def compare_values(self, x: object, y: object) -> bool:
        # In Python 1, 1.0 and True are equal: a change of one into another would not be written.
        return json.dumps(x, sort_keys=True) == json.dumps(y, sort_keys=True)


JsonColumn = _Json(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
