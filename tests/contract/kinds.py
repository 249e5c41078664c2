"""The kinds of fields, with the values that a field of each kind takes and refuses."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack
from uuid import uuid4

from tests.contract.fields import Field, Method

if TYPE_CHECKING:
    from tests.contract.facts import Facts


class Options(TypedDict, total=False):
    """What a field of any kind may have: see `Field`."""

    optional: bool
    default: Any
    methods: tuple[Method, ...]
    changes: list[Any]
    sort: bool
    filter: Literal["", "equal", "range"]


NO_TEXT = [1, True, [], {}, "a\x00b"]


def string(shortest: int = 1, longest: int = 200, **options: Unpack[Options]) -> Field:
    """Text that is more than white space, of which there is none around it."""
    width = min(max(shortest, 8), longest)
    blank = ["", " ", "\u3000", "\x1c", *["x".ljust(shortest)] * (shortest > 1)]
    value = "a" * shortest
    return Field(
        values=["a" * shortest, "b" * shortest, "c" * shortest],
        limits=["漢" * longest, "🚀" * shortest],
        wrong=[*NO_TEXT, *blank, *_too_short(shortest), "x" * (longest + 1)],
        padded=(f" {value}\n", value) if longest - shortest >= 2 else None,
        fresh=lambda number: f"{number % 10**width:0{width}}",
        wrong_query="",
        **options,
    )


def patterned(
    *examples: str, shortest: int = 1, longest: int = 200, **options: Unpack[Options]
) -> Field:
    """Text of a pattern that the examples fit; the third and later ones are for unique values."""
    others = examples[2:]
    return Field(
        values=examples[:2],
        wrong=[*NO_TEXT, *_too_short(shortest), "x" * (longest + 1)],
        fresh=(lambda number: others[number % len(others)]) if others else None,
        ascending=False,
        wrong_query="",
        **options,
    )


def text(shortest: int = 0, longest: int = 10_000, **options: Unpack[Options]) -> Field:
    """Text that may be empty, unless it has a shortest length."""
    some = max(shortest, 1)
    return Field(
        values=["a" * some, "b" * some, "c" * some],
        limits=[*[""] * (shortest == 0), "漢" * longest, "🚀" * some],
        wrong=[1, [], "a\x00b", *_too_short(shortest), "x" * (longest + 1)],
        **options,
    )


def _too_short(shortest: int) -> list[str]:
    return ["x" * (shortest - 1)] if shortest > 1 else []


def integer(least: int = -(2**31), greatest: int = 2**31 - 1, **options: Unpack[Options]) -> Field:
    options.setdefault("filter", "range")
    first = max(least, min(0, greatest - 2))
    values = [number for number in range(first, first + 3) if number <= greatest]
    above, below = greatest - values[-1], first - least
    return Field(
        values=values,
        limits=[least, greatest],
        wrong=["1", 1.5, True, [], least - 1, greatest + 1],
        fresh=lambda number: (
            values[-1] + 1 + number % above if above > below else first - 1 - number % below
        ),
        **options,
    )


def safe_integer(
    least: int = 1 - 2**53, greatest: int = 2**53 - 1, **options: Unpack[Options]
) -> Field:
    """A whole number that every reader of JSON holds exactly."""
    return integer(least, greatest, **options)


def number(
    least: float | None = None, greatest: float | None = None, **options: Unpack[Options]
) -> Field:
    options.setdefault("filter", "range")
    low = least if least is not None else min(0.0, (greatest or 0.0) - 3)
    step = min(1.0, ((greatest if greatest is not None else low + 2) - low) / 2)
    return Field(
        values=[low, low + step, low + 2 * step],
        limits=[each for each in (least, greatest) if each is not None],
        wrong=["1.5", True, []]
        + ([] if least is None else [least - 1])
        + ([] if greatest is None else [greatest + 1]),
        **options,
    )


def exact(
    digits: int,
    places: int,
    least: str | None = None,
    greatest: str | None = None,
    **options: Unpack[Options],
) -> Field:
    """A decimal number, written as text with all its places."""
    options.setdefault("filter", "range")
    last = Decimal(1).scaleb(-places)
    most = Decimal(10) ** (digits - places) - last
    low, high = Decimal(least or -most), Decimal(greatest or most)
    first = low if least else min(Decimal(0), high - 3)
    step = min(Decimal(1), (high - first) / 2).quantize(last, "ROUND_DOWN")
    numbers = sorted({first, first + step, first + 2 * step})
    if low <= 9 and high >= 100:
        numbers = [Decimal(9), Decimal(10), Decimal(100)]  # as text, in another order
    return Field(
        values=[f"{each:.{places}f}" for each in numbers],
        limits=[f"{each:.{places}f}" for each in (low, high)],
        wrong=[1.5, "1e2", "NaN", "", f"1.{'0' * places}1"]
        + [f"{each:.{places}f}" for each in (low - last, high + last)],
        **options,
    )


def boolean(**options: Unpack[Options]) -> Field:
    options.setdefault("filter", "equal")
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


def _nested(levels: int) -> dict[str, Any]:
    return {"in": _nested(levels - 1)} if levels > 1 else {}


def _of_bytes(size: int) -> dict[str, str]:
    return {"large": "x" * (size - len('{"large": ""}'))}


def email(longest: int = 254, **options: Unpack[Options]) -> Field:
    return Field(
        values=["a@example.com", "b@example.com", "c@example.com"],
        limits=["first.last+tag@mail.example.co"],
        wrong=[1, "", "a", "a@b", "a b@example.com", "a@example.com\x00", "x" * (longest + 1)],
        fresh=lambda number: f"someone{number}@example.com",
        wrong_query="a",
        **options,
    )


def url(longest: int = 2000, **options: Unpack[Options]) -> Field:
    return Field(
        values=["https://a.example/", "https://b.example/", "https://c.example/"],
        limits=["http://localhost:8000/a?b=c#d"],
        wrong=[1, "", "example.com", "ftp://example.com", "https://a b", "x" * (longest + 1)],
        fresh=lambda number: f"https://example.com/{number}",
        wrong_query="a",
        **options,
    )


def enum(*members: str, **options: Unpack[Options]) -> Field:
    options.setdefault("filter", "equal")
    return Field(values=members, wrong=[1, "none such", []], ascending=False, **options)


def reference(
    target: "type[Facts] | Literal['self']",
    on_delete: Literal["restrict", "cascade", "set-null"] = "restrict",
    **options: Unpack[Options],
) -> Field:
    """The id of a row of another feature, or of the same one."""
    options.setdefault("filter", "equal")
    return Field(target=target, on_delete=on_delete, wrong=[1, "1", []], **options)


def shown(default: Any = None) -> Field:
    """A field that no client sets; of a new row it has the default."""
    return Field(default=default, methods=())
