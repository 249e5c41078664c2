"""Facts about the JSON columns of `src.models.json_types`."""

from tests.contract import Field
from tests.contract.fields import Method

BOTH: tuple[Method, ...] = ("POST", "PATCH")
STRANGE = "ä 漢 🚀 \\u0000 'quoted'"
NOT_OBJECTS = [[], "text"]


def parameters(methods: tuple[Method, ...] = BOTH) -> Field:
    wrong_values: list[object] = [[], {}, "a\x00b", "x" * 6001, 2**53 + 1, 1 - 2**64, 10**309]
    return Field(
        values=[{"a": 1}, {"a": None, "c": 1}],
        limits=[
            {},
            {"a": 1, "b": None, "c": True, "d": 0.1, "e": "a"},
            {STRANGE: STRANGE, "n": 2**53 - 1},
            {"k" * 250: "x" * 6000},
            dict.fromkeys(map(str, range(1000)), 1),
        ],
        wrong=[*NOT_OBJECTS, {"": 1}, {"k" * 251: 1}, {"a\x00b": 1}, {"large": "x" * 65_536}]
        + [{"a": value} for value in wrong_values]
        + [dict.fromkeys(map(str, range(1001)), 1)],
        default={},
        methods=methods,
    )


def tags() -> Field:
    return Field(
        values=[{"a": "b"}, {"a": "b", "c": "b"}],
        limits=[{}, {"text": STRANGE}, {"k" * 250: "x" * 8000}],
        wrong=[*NOT_OBJECTS, {"": "b"}, {"a\x00b": "b"}, {"a": 1}, {"a": None}, {"a": "a\x00b"}]
        + [{"k" * 251: "b"}, {"large": "x" * 8001}],
        default={},
    )


def measures() -> Field:
    return Field(
        values=[{"a": 0.5}, {"a": 0.5, "b": -1}],
        limits=[
            {},
            {"a": 0.1, "b": -1e-9, "c": 1e300},
            {STRANGE: 0.5},
            dict.fromkeys(map(str, range(200)), 0.5),
        ],
        wrong=[*NOT_OBJECTS, {"": 1}, {"a\x00b": 1}, {"x" * 251: 1}]
        + [{"a": None}, {"a": "1"}, {"a": True}, {"a": {}}]
        + [dict.fromkeys(map(str, range(201)), 1)],
        default={},
    )
