"""What every database can store of JSON, spelt as all of them give it back."""

import json
from decimal import Decimal

from pydantic import JsonValue

JSON_BYTES = 65_536
JSON_DEPTH = 32


class _TooLargeError(ValueError):
    pass


def storable(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return an object as every database gives it back. Raises ``ValueError`` if one cannot."""
    try:
        _spend(value, JSON_DEPTH, JSON_BYTES)
        value = _sorted(value)
        if len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) > JSON_BYTES:
            raise _TooLargeError
    except _TooLargeError:
        msg = f"must have at most {JSON_BYTES} bytes"
        raise ValueError(msg) from None
    except (TypeError, ValueError):
        msg = (
            f"must be JSON of at most {JSON_DEPTH} levels, "
            "without NaN, infinity, NUL characters and lone surrogates"
        )
        raise ValueError(msg) from None
    return value


def _spend(value: JsonValue, depth: int, room: int) -> int:
    """Check depth and texts; return how many bytes are left, of those that items need at least.

    Items are counted before they are looked at: a body has room for many more than are allowed.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError
        room -= len(value)
    elif isinstance(value, float):
        room -= len(f"{value:.0f}")  # many of large ones would take long to spell
    elif isinstance(value, dict | list):
        if depth == 0:
            raise ValueError
        room -= 2 * len(value)
    if room < 0:
        raise _TooLargeError
    if isinstance(value, dict | list):
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            room = _spend(item, depth - 1, room)
    return room


def _spelt(value: JsonValue) -> JsonValue:
    """Return a value as JSONB has it, which knows no order of names, no -0.0 and no exponents."""
    if isinstance(value, dict):
        return _sorted(value)
    if isinstance(value, list):
        return [_spelt(each) for each in value]
    if isinstance(value, float):
        return int(Decimal(repr(value))) if "e+" in repr(value) else value + 0.0
    return value


def _sorted(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: _spelt(value[name]) for name in sorted(value)}
