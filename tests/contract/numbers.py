"""Fields of numbers, with the values that each kind takes and refuses."""

from decimal import Decimal
from math import inf, nextafter, ulp
from typing import Unpack

from tests.contract.fields import Field, Options


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
    step = max(step, ulp(low))  # or a large number stays the same
    values = [low, low + step, low + 2 * step]
    return Field(
        values=[each for each in values if greatest is None or each <= greatest],
        limits=[each for each in (least, greatest) if each is not None],
        wrong=["1.5", True, []]
        + ([] if least is None else [nextafter(least, -inf)])
        + ([] if greatest is None else [nextafter(greatest, inf)]),
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
    first = low if least else max(low, min(Decimal(0), high - 3))
    step = max(last, min(Decimal(1), (high - first) / 2).quantize(last, "ROUND_DOWN"))
    numbers = [each for each in (first, first + step, first + 2 * step) if each <= high]
    if low <= 9 and high >= 100:
        numbers = [Decimal(9), Decimal(10), Decimal(100)]  # as text, in another order
    return Field(
        values=[f"{each:.{places}f}" for each in numbers],
        limits=[f"{each:.{places}f}" for each in (low, high)],
        wrong=[1.5, "1e2", "NaN", "", f"1.{'0' * places}1"]
        + [f"{each:.{places}f}" for each in (low - last, high + last)],
        **options,
    )
