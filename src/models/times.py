"""Times of day and durations, the same in every database."""

import re
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from sqlalchemy import BigInteger, Dialect, TypeDecorator

from src.models.written import Written

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"


def _written_as_time(value: object) -> object:
    """Refuse offsets, and numbers, which Pydantic would take as seconds since midnight."""
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(_TIME, value):
        return value
    msg = "must be a time of day such as 08:30:00, without an offset"
    raise ValueError(msg)


TimeOfDay = Annotated[
    time,
    BeforeValidator(_written_as_time),
    # Without the format `time`, which has an offset.
    WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$", "examples": ["08:30:00"]}),
]

LONGEST = timedelta(days=1_000_000)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {
    "D": timedelta(days=1),
    "H": timedelta(hours=1),
    "M": timedelta(minutes=1),
    "S": timedelta(seconds=1),
}
_DAYS, _NUMBER = "[0-9]{1,7}D", "[0-9]{1,10}"
_SECONDS = rf"{_NUMBER}(\.[0-9]{{1,6}})?S"
_CLOCK = f"{_NUMBER}H|({_NUMBER}H)?({_NUMBER}M|({_NUMBER}M)?{_SECONDS})"


@dataclass(frozen=True)
class DurationText(Written[timedelta]):
    """ISO 8601 without years and months, which are of no fixed length."""

    ge: timedelta = -LONGEST
    le: timedelta = LONGEST
    example: timedelta = timedelta(hours=1, minutes=30)

    pattern = f"-?P({_DAYS}|({_DAYS})?T({_CLOCK}))"
    fault = "must be a duration such as P1DT2H30M, without years, months and weeks"

    @staticmethod
    def read(text: str) -> timedelta:
        parts = re.findall(r"([0-9.]+)([DHMS])", text)
        # By decimals: a float would round.
        count = sum(int(Decimal(n) * (_UNITS[unit] // _MICROSECOND)) for n, unit in parts)
        return timedelta(microseconds=-count if text.startswith("-") else count)

    @staticmethod
    def write(value: timedelta) -> str:
        length = abs(value)
        minutes, seconds = divmod(length.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        exact = f"{seconds}.{length.microseconds:06}".rstrip("0").rstrip(".")
        parts = {"H": f"{hours}", "M": f"{minutes}", "S": exact}
        clock = "".join(f"{number}{unit}" for unit, number in parts.items() if number != "0")
        days = f"{length.days}D" if length.days else ""
        sign = "-" if value < timedelta(0) else ""
        return f"{sign}P{days}{'T' if clock else ''}{clock}" if length else "PT0S"


Duration = Annotated[timedelta, DurationText()]


class Microseconds(TypeDecorator[timedelta]):
    """BIGINT, because SQLite has no durations, and PostgreSQL's keep days apart from hours."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        return None if value is None else value // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        return None if value is None else timedelta(microseconds=value)
