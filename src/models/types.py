"""Field types that every database can store and JSON Schema can state. All schemas use these."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StringConstraints,
)
from sqlalchemy import CheckConstraint

from src.models.trimmed import VISIBLE, Trim

# PostgreSQL's text cannot hold NUL. A constrained string refuses lone surrogates by itself.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
NonBlank = Annotated[str, StringConstraints(pattern=rf"^[^\x00]*{VISIBLE}[^\x00]*$")]
"""Text with at least one visible character."""
Trimmed = Trim()
"""Stands last in a type, so that lengths apply to the text as it was sent, as the schema says."""


def _addressed(text: str) -> str:
    """Return the address in lower case: no two mailboxes differ in case alone."""
    if text.index("@") > 64:  # `format` implies this limit; the pattern cannot state it
        msg = "must have at most 64 characters before the @"
        raise ValueError(msg)
    return text.lower()


_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_WORD = "[A-Za-z0-9_%+-]+"
Email = Annotated[
    str,
    StringConstraints(pattern=rf"^{_WORD}(\.{_WORD})*@({_LABEL}\.)+[A-Za-z]{{2,}}$"),
    AfterValidator(_addressed),
    Field(json_schema_extra={"format": "email"}),
]
_PART = "(%[0-9A-Fa-f]{2}|[A-Za-z0-9._~!$&'()*+,;=:@/?-])*"
Url = Annotated[
    str,
    StringConstraints(
        pattern=rf"^https?://[A-Za-z0-9.-]+(:[0-9]{{1,5}})?([/?]{_PART})?(#{_PART})?$"
    ),
    Field(json_schema_extra={"format": "uri"}),
]

# Strict: a client that sends true, "1" or 1.5 for an integer has a bug.
Bool = Annotated[bool, Field(strict=True)]
Int32 = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
# Integers that every JSON parser reads exactly, as it does these bounds in the OpenAPI document.
SafeInt = Annotated[int, Field(strict=True, ge=-(2**53) + 1, le=2**53 - 1)]
Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def _written(pattern: str, example: str) -> BeforeValidator:
    """Hold a query parameter, which is text, to the spelling of JSON, as the schema does."""
    allowed = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not allowed.fullmatch(value):
            msg = f"must be {example}"
            raise ValueError(msg)
        return value

    return BeforeValidator(check)


# Pydantic would take 7.0, +7 and 1_000 for whole numbers, and "on" for true.
Whole = _written(r"-?(0|[1-9][0-9]*)", "a whole number, such as 7")
"""Stands last in a type, so that its bounds are in the schema."""
_NUMBER = _written(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", "a number, such as 0.7")
Int32Query = Annotated[int, Field(ge=-(2**31), le=2**31 - 1), Whole]
SafeIntQuery = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1), Whole]
FloatQuery = Annotated[float, Field(allow_inf_nan=False), _NUMBER]
BoolQuery = Annotated[bool, _written("true|false", "true or false")]


def one_of(column: str, members: object) -> CheckConstraint:
    """Return the CHECK on a column whose type is a Literal."""
    listed = ", ".join("'{}'".format(member.replace("'", "''")) for member in get_args(members))
    return CheckConstraint(f'"{column}" IN ({listed})', name=column)


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def _written_as_timestamp(value: object) -> object:
    """Refuse numbers, also in strings, which Pydantic would take as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    msg = "must be a time such as 2026-11-21T08:00:00Z, with its offset"
    raise ValueError(msg)


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        msg = "must be within the years 1 to 9999 in UTC"
        raise ValueError(msg) from None


Timestamp = Annotated[
    AwareDatetime, BeforeValidator(_written_as_timestamp), AfterValidator(_in_utc)
]


def _written_as_date(value: object) -> object:
    """Refuse numbers and times at midnight, which Pydantic would take as dates."""
    if type(value) is date or (isinstance(value, str) and _DATE.fullmatch(value)):
        return value
    msg = "must be a date such as 2026-11-21"
    raise ValueError(msg)


Date = Annotated[date, BeforeValidator(_written_as_date)]

# A page beyond these limits costs too much.
PAGE, SKIP = 100, 10_000
PageLimit = Annotated[int, Field(ge=1, le=PAGE), Whole]
PageSkip = Annotated[int, Field(ge=0, le=SKIP), Whole]
