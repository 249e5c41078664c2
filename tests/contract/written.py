"""Fields whose values travel as text, with those that each takes and refuses."""

from datetime import timedelta
from typing import Unpack

from pydantic import TypeAdapter

from tests.contract.fields import Field, Options
from tests.contract.numbers import integer

NO_INT64 = ["", "1.0", "01", "+1", "-0", " 1", "1 ", "1_0", "1e2", "0x1", "\u0661", "9" * 5000]
NO_TIMES = [
    *(0, 3600.5, [], "", "08:00", "8:00:00", "08:00:00Z", "08:00:00+01:00", "24:00:00"),
    *("23:59:60", "08:60:00", "08:00:00.1234567", "08:00:00.", "2030-01-01T08:00:00"),
    *(" 08:00:00", "-08:00:00", "\uff10\uff18:00:00", "now"),
]
NO_DURATIONS = [
    *(0, 90.5, [], "", "P", "PT", "P1DT", "-P", "P1Y", "P1M", "P1W", "P1Y2M", "PT1", "P1H"),
    *("PT1S1M", "P-1D", "+PT1S", "PT1.5H", "PT0.1234567S", "01:30:00", "90", " PT1S", "pt1s"),
    *("P1000000DT0.000001S", "-P1000000DT0.000001S", "P9999999D", "PT99999999999S"),
    *(f"P{'9' * 5000}D", "PT\u0661S", "PT1S\x00"),
]


def int64(
    least: str = str(-(2**63)), greatest: str = str(2**63 - 1), **options: Unpack[Options]
) -> Field:
    low, high = int(least), int(greatest)
    numbers = integer(low, high)
    values, fresh = numbers.values, numbers.fresh
    if low <= 9 and high >= 10**9:
        values, fresh = [9, 10, 100], lambda number: 101 + number  # as text, in another order
    options.setdefault("filter", "range")
    return Field(
        values=[f"{each}" for each in values],
        limits=[least, greatest],
        wrong=[1, 1.5, True, [], *NO_INT64, f"{low - 1}", f"{high + 1}"],
        fresh=lambda number: f"{fresh and fresh(number)}",
        **options,
    )


def time_of_day(**options: Unpack[Options]) -> Field:
    options.setdefault("filter", "range")
    return Field(
        values=["08:30:00", "08:30:00.500000", "17:00:00"],
        limits=["00:00:00", "23:59:59.999999"],
        wrong=NO_TIMES,
        fresh=lambda number: f"09:{number // 60 % 60:02}:{number % 60:02}",
        **options,
    )


def duration(
    least: str = "-P1000000D", greatest: str = "P1000000D", **options: Unpack[Options]
) -> Field:
    options.setdefault("filter", "range")
    low, high = map(TypeAdapter(timedelta).validate_python, (least, greatest))
    first = max(low, min(timedelta(0), high - timedelta(days=2)))
    step = max(timedelta.resolution, min(timedelta(hours=23), (high - first) / 2))
    values = [first, first + step, first + 2 * step]
    return Field(
        values=[_written(each) for each in values if each <= high],
        limits=[least, greatest],
        wrong=[
            *NO_DURATIONS,
            _written(low - timedelta.resolution),
            _written(high + timedelta.resolution),
        ],
        **options,
    )


def _written(length: timedelta) -> str:
    """Write the one text that answers have: days of 24 hours, and nothing that is zero."""
    if length < timedelta(0):
        return f"-{_written(-length)}"
    seconds = length % timedelta(minutes=1) / timedelta(seconds=1)
    clock = {
        "H": length.seconds // 3600,
        "M": length.seconds // 60 % 60,
        "S": f"{seconds:.6f}".rstrip("0").rstrip("."),
    }
    parts = [f"{number}{unit}" for unit, number in clock.items() if number not in {0, "0"}]
    days = [f"{length.days}D"] if length.days else []
    return "P" + "".join([*days, *(["T", *parts] if parts else [])]) if length else "PT0S"


def texts(**options: Unpack[Options]) -> Field:
    """A list of at most 100 texts, each of 200 characters at most."""
    if not options.get("optional"):
        options.setdefault("default", [])
    return Field(
        values=[["a"], ["b", "a", "b"], []],
        limits=[["\u6f22" * 200] * 100, ["a b", "\U0001f680", "\\u0000 'quoted' \"%\""]],
        wrong=[
            *(1, "a", {}, ["a", 1], ["a", None], [["a"]], [""], [" "], ["\u3000"]),
            *(["a\x00b"], ["x" * 201], ["a"] * 101),
        ],
        **options,
    )
