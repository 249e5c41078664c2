"""Readers of values that are written as text. Each raises one of `kinds.UNREADABLE`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from importlib import import_module


def json_object(text: str) -> dict[str, object]:
    value = json.loads(text, parse_constant=exact)  # which takes no NaN
    if not isinstance(value, dict):
        raise ValueError(text)  # noqa: TRY004  # one of UNREADABLE
    return value


def aware(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time.astimezone(UTC)


def json_list(text: str) -> list[object]:
    value = json.loads(text)
    if not isinstance(value, list):
        raise ValueError(text)  # noqa: TRY004  # one of UNREADABLE
    return value


def local(text: str) -> time:
    given = time.fromisoformat(text)
    if given.tzinfo is not None:
        raise ValueError(text)
    return given


def of_type(name: str, module: str = "types") -> Callable[[str], object]:
    """Return what reads a type of the service, whose libraries take a second to import."""

    def read(text: str) -> object:
        from pydantic import TypeAdapter

        types = import_module(f"src.models.{module}")
        return TypeAdapter[object](getattr(types, name)).validate_python(text)

    return read


def exact(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number
