"""JSON that every database can store."""

import json
from typing import Annotated, Any

from pydantic import AfterValidator, JsonValue
from sqlalchemy import JSON
from sqlalchemy.dialects.postgresql import JSONB

JSON_BYTES = 65_536
JSON_DEPTH = 32


class _TooLargeError(ValueError):
    pass


def storable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    too_large = f"must have at most {JSON_BYTES} bytes"
    try:
        _spend(value, JSON_DEPTH, JSON_BYTES)
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except _TooLargeError:
        raise ValueError(too_large) from None
    except (TypeError, ValueError):
        msg = (
            f"must be JSON of at most {JSON_DEPTH} levels, "
            "without NaN, infinity, NUL characters and lone surrogates"
        )
        raise ValueError(msg) from None
    if size > JSON_BYTES:
        raise ValueError(too_large)
    return value


def _spend(value: JsonValue, depth: int, room: int) -> int:
    """Check depth and texts; return how many bytes are left, of those that items need at least.

    Items are counted before they are looked at: a body has room for many more than are allowed.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError
        return room - len(value)
    if isinstance(value, dict | list):
        if depth == 0:
            raise ValueError
        room -= 2 * len(value)
        if room < 0:
            raise _TooLargeError
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            room = _spend(item, depth - 1, room)
    return room


# The values are checked as a whole, so that an error names the field and not the client's keys.
# With JsonValue, Python code would also serialise each of them.
JsonObject = Annotated[dict[str, Any], AfterValidator(storable)]


class _Json(JSON):
    def compare_values(self, x: object, y: object) -> bool:
        # In Python 1, 1.0 and True are equal: a change of one into another would not be written.
        return json.dumps(x, sort_keys=True) == json.dumps(y, sort_keys=True)


JsonColumn = _Json(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
