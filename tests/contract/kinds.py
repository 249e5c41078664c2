"""Fields of other kinds, with the values that each takes and refuses."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Unpack
from uuid import uuid4

from tests.api import Json
from tests.contract.fields import Field, Options

if TYPE_CHECKING:
    from tests.contract.facts import Facts


class Now:
    """Equals the time of the last seconds, and its date."""

    def __eq__(self, shown: object) -> bool:
        times = (datetime.now(UTC) - timedelta(seconds=ago) for ago in (10, 0))
        first, last = (f"{time:%Y-%m-%dT%H:%M:%S}" for time in times)
        return isinstance(shown, str) and first[: len(shown)] <= shown[:19] <= last[: len(shown)]

    __hash__ = object.__hash__


NOW = Now()


def boolean(**options: Unpack[Options]) -> Field:
    options.setdefault("filter", "flag")
    return Field(values=[False, True], wrong=[1, "true", []], wrong_query="maybe", **options)


def day(**options: Unpack[Options]) -> Field:
    options.setdefault("filter", "range")
    return Field(
        values=["2030-01-01", "2030-01-02", "2031-01-01"],
        limits=["0001-01-01", "9999-12-31"],
        wrong=[1, "2030-02-30", "2030-01-01T00:00:00Z", "tomorrow"],
        fresh=lambda number: f"{datetime(2000, 1, 1) + timedelta(days=number % 10_000):%Y-%m-%d}",
        **options,
    )


def timestamp(**options: Unpack[Options]) -> Field:
    options.setdefault("filter", "range")
    return Field(
        values=["2030-01-01T00:00:00Z", "2030-01-01T00:00:00.500000Z", "2031-01-01T00:00:00Z"],
        limits=["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"],
        wrong=[1, "2030-01-01", "2030-01-01T00:00:00", "now"],
        fresh=lambda number: f"2029-01-{number // 60 % 28 + 1:02}T00:00:{number % 60:02}Z",
        **options,
    )


def uuid(**options: Unpack[Options]) -> Field:
    return Field(
        values=[f"{digit}0000000-0000-4000-8000-000000000000" for digit in "12a"],
        wrong=[1, "1", []],
        fresh=lambda _: str(uuid4()),
        **options,
    )


def json_object(**options: Unpack[Options]) -> Field:
    """Any JSON object of at most 32 levels and 65,536 bytes."""
    if not options.get("optional"):
        options.setdefault("default", {})
    return Field(
        values=[{"a": 1}, {"a": 1, "b": [None, True, 0.1]}, {"c": {}}],
        limits=[
            {},
            _nested(32),
            {"text": "ä 漢 🚀 \\u0000 'quoted'", "": 2**63},
            _of_bytes(65_536),
        ],
        wrong=[[], "text", {"key": "a\x00b"}, {"a\x00b": 1}, _nested(33), _of_bytes(65_537)],
        **options,
    )


def json_model(*values: Json, **options: Unpack[Options]) -> Field:
    """A JSON object with the fields of a model."""
    return Field(values=values, wrong=[1, "text", [], {**values[0], "unknown": 1}], **options)


def _nested(levels: int) -> dict[str, object]:
    return {"in": _nested(levels - 1)} if levels > 1 else {}


def _of_bytes(size: int) -> dict[str, str]:
    return {"large": "x" * (size - len('{"large": ""}'))}


def enum(
    *members: str, steps: Mapping[str, Sequence[str]] | None = None, **options: Unpack[Options]
) -> Field:
    options.setdefault("filter", "equal")
    wrong = f"not {''.join(members)}"  # longer than all of them
    if steps:
        members = (str(options["default"]),)
        options["changes"] = _walk(steps, *members)
    return Field(
        values=members,
        wrong=[1, wrong, []],
        wrong_query=wrong,
        ascending=False,
        steps=steps or {},
        **options,
    )


def _walk(steps: Mapping[str, Sequence[str]], *path: str) -> list[object]:
    """Return values one after another, each once."""
    further = [each for each in steps[path[-1]] if each not in path]
    return _walk(steps, *path, further[0]) if further else [*path[1:]]


def reference(
    target: "type[Facts] | str",
    on_delete: Literal["restrict", "cascade", "set-null"] = "restrict",
    *,
    include: bool = False,
    **options: Unpack[Options],
) -> Field:
    """The id of a row of another feature, or of the same one: ``self``.

    A path stands for a feature that refers to this one in turn: modules cannot.
    """
    options.setdefault("filter", "equal")
    return Field(target=target, on_delete=on_delete, include=include, wrong=[1, "1", []], **options)


def shown(default: object = None) -> Field:
    """A field that no client sets; of a new row it has the default."""
    return Field(default=default, methods=())
