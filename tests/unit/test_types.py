"""The bounded field types: accepted values, refused values and schemas."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from src.models import json_objects, types

TYPES = vars(json_objects) | vars(types)


def type_of(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(TYPES[name])


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Text", ""),
        ("Text", "a\r\n\t\u200b\u202e\U0010ffff"),
        ("NonBlank", "two words"),
        ("Int32", -(2**31)),
        ("Int32", 2**31 - 1),
        ("Float", 1),
        ("Float", -1.5e308),
        ("JsonObject", {"a": [None, True, 1, 1.5, "\\u0000", {}]}),
        ("Timestamp", NOON),
        ("Bool", True),
        ("SafeInt", 2**53 - 1),
        ("Date", date(2026, 11, 21)),
        ("Email", "grace.hopper+navy@mail.example.com"),
        ("Url", "https://example.com:8443/a%20b?c=d#e"),
    ],
    ids=repr,
)
def test_storable_value_is_accepted(kind: str, value: object) -> None:
    assert type_of(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Text", "a\x00b"),
        ("Text", "\ud800"),
        ("Text", 1),
        ("NonBlank", ""),
        ("NonBlank", " \t\u3000"),
        ("NonBlank", "a\x00"),
        ("Int32", 2**31),
        ("Int32", -(2**31) - 1),
        ("Int32", True),
        ("Int32", "1"),
        ("Int32", 1.0),
        ("Float", float("nan")),
        ("Float", float("inf")),
        ("Float", "1.5"),
        ("Float", True),
        ("Bool", 1),
        ("Bool", "true"),
        ("SafeInt", 2**53),
        ("Date", 1),
        ("Date", "2026-11-21T00:00:00Z"),
        ("Date", "2026-02-30"),
        ("Date", NOON),
        ("Email", "nobody"),
        ("Email", "a b@example.com"),
        ("Email", f"{'a' * 65}@example.com"),
        ("Url", "ftp://example.com"),
        ("Url", "https://example.com/a b"),
        ("JsonObject", {"a": float("nan")}),
        ("JsonObject", {"a": "\x00"}),
        ("JsonObject", {"\ud800": 1}),
        ("JsonObject", {"a": set()}),
        ("JsonObject", []),
    ],
    ids=repr,
)
def test_unstorable_value_is_refused(kind: str, value: object) -> None:
    with pytest.raises(ValidationError):
        type_of(kind).validate_python(value)


WORD = Annotated[types.NonBlank, Field(min_length=3, max_length=5), types.Trimmed]
OPTIONAL_WORD = Annotated[types.NonBlank | None, Field(min_length=3, max_length=5), types.Trimmed]
WORDS = [TypeAdapter(WORD), TypeAdapter(OPTIONAL_WORD)]


@pytest.mark.parametrize("word", WORDS, ids=["required", "optional"])
def test_length_limits_apply_before_and_after_stripping(word: TypeAdapter[str | None]) -> None:
    assert word.validate_python(" a b\n") == "a b"
    for refused in ["ab", "ab ", "\u3000ab\n", " abcd "]:
        with pytest.raises(ValidationError):
            word.validate_python(refused)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T12:00:00Z",
        "2026-11-21t12:00:00z",
        "2026-11-21 12:00:00Z",
        "2026-11-21T13:00:00+01:00",
        "2026-11-21T12:00:00.000000-00:00",
    ],
)
def test_timestamp_is_converted_to_utc(written: str) -> None:
    value = type_of("Timestamp").validate_python(written)

    assert value == NOON
    assert value.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        1_700_000_000,
        1.5,
        "1700000000",
        "2026-11-21",
        "2026-11-21T12:00:00",
        "2026-11-21T12:00Z",
        "2026-13-21T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "٢٠٢٦-11-21T12:00:00Z",
        datetime(2026, 11, 21, 12),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        None,
    ],
    ids=repr,
)
def test_other_timestamp_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        type_of("Timestamp").validate_python(value)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        ("Text", {"type": "string", "pattern": r"^[^\x00]*$"}),
        ("Int32", {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}),
        ("Float", {"type": "number"}),
        ("Timestamp", {"type": "string", "format": "date-time"}),
    ],
)
def test_schema_states_the_bounds(kind: str, schema: dict[str, object]) -> None:
    assert type_of(kind).json_schema() == schema


def test_check_lists_the_members_of_a_literal() -> None:
    check = types.one_of("status", Literal["draft", "paid"])

    assert str(check.sqltext) == "\"status\" IN ('draft', 'paid')"
    assert check.name == "status"


def test_white_space_is_the_same_for_clients_and_for_us() -> None:
    """ECMA-262, which OpenAPI names for patterns, counts U+FEFF in, and not U+0085."""
    adapter = TypeAdapter[str](types.NonBlank)
    pattern = re.compile(adapter.json_schema()["pattern"])
    assert not re.search(r"\\[dswDSW]", pattern.pattern)

    for char in map(chr, [*range(0xD800), *range(0xE000, 0x10000)]):
        is_white = char.isspace() or char <= "\x20" or char == "\ufeff"
        assert bool(pattern.fullmatch(char)) is not is_white, ascii(char)
        assert is_valid(adapter, char) is not is_white, ascii(char)


def is_valid(adapter: TypeAdapter[str], text: str) -> bool:
    try:
        adapter.validate_python(text)
    except ValidationError:
        return False
    return True
