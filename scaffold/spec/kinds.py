"""The types of fields: how each is written, which modifiers it takes, and what it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from scaffold.spec.readers import aware, exact, json_list, json_object, local, of_type

FILTERS = {"": (), "flag": ("",), "equal": ("", "_in"), "range": ("_min", "_max")}
"""Endings of the parameters of lists; that for the value itself has none."""
UNREADABLE = (ValueError, KeyError, ArithmeticError)
"""Errors of what reads a value."""
JSON = 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'


@dataclass(frozen=True)
class Kind:
    type: str
    """In models and schemas; an enum has one of its own."""
    column: str
    """In migrations; that of texts and decimals says how long."""
    fact: str
    """The function of tests/contract that tells what the tests have to know."""
    modifiers: str
    filter: str = ""
    """How lists filter it: one of `FILTERS`, or "indexed" for "equal" if it has an index."""
    query: str = ""
    """The type of its filters, if another reads it from text."""
    written: tuple[str, str] = ("", "")
    """Of values that travel as text: their type in Python, and the class of the text."""
    sa_type: str = ""
    """In models, where SQLModel would not choose the right one."""
    read: Callable[[str], Any] = str
    """Makes a value of text, such as that of ``default=``, or raises one of UNREADABLE."""
    example: str = ""
    """Text that can be read, and what a row gets whose value is lost."""
    longest: int = 0
    """Characters, unless `max` says less or more."""
    limit: int = 0
    """Characters that `max` may allow."""
    empty: str = ""
    """What a new row has if it is not given, unless that is null."""
    least: Any = 0
    greatest: Any = 0


_PLAIN = "optional readonly unique index example"
_STR = f"{_PLAIN} search default min max pattern"
_NUMBER = "optional readonly index default ge le example"
_WHOLE = f"{_PLAIN} default ge le"
_BOOL = {"true": True, "false": False}.__getitem__
_TIMESTAMP = "sa.DateTime(timezone=True)"
_DAYS = timedelta(1_000_000)

# fmt: off
KINDS = {
    "str": Kind("NonBlank", "", "string", _STR, filter="indexed", longest=200, limit=1000),
    "text": Kind("Text", "", "text", "optional readonly search default min max example",
                 longest=10_000, limit=100_000),
    "int": Kind("Int32", "sa.Integer()", "integer", _WHOLE, filter="range", query="Int32Query",
                read=int, example="0", least=-(2**31), greatest=2**31 - 1),
    "bigint": Kind("SafeInt", "sa.BigInteger()", "safe_integer", _WHOLE, filter="range",
                   query="SafeIntQuery", sa_type="BigInteger",
                   read=int, example="0", least=1 - 2**53, greatest=2**53 - 1),
    "int64": Kind("Int64", "sa.BigInteger()", "int64", _WHOLE, filter="range",
                  written=("int", "Int64Text"), sa_type="BigInteger",
                  read=int, example="0", least=-(2**63), greatest=2**63 - 1),
    "float": Kind("Float", "sa.Float()", "number", _NUMBER, filter="range", query="FloatQuery",
                  read=float, example="0", least=-1e308, greatest=1e308),
    "decimal": Kind("Decimal", "", "exact", _NUMBER, filter="range", read=exact, example="0"),
    "money": Kind("Decimal", "", "exact", _NUMBER, filter="range", read=exact, example="0"),
    "bool": Kind("Bool", "sa.Boolean()", "boolean", "optional readonly index default",
                 filter="flag", query="BoolQuery", read=_BOOL, example="false"),
    "date": Kind("Date", "sa.Date()", "day", f"{_PLAIN} default",
                 filter="range", read=date.fromisoformat, example="2000-01-01"),
    "datetime": Kind("Timestamp", _TIMESTAMP, "timestamp", f"{_PLAIN} default",
                     filter="range", read=aware, example="2000-01-01T00:00:00Z"),
    "time": Kind("TimeOfDay", "sa.Time()", "time_of_day", f"{_PLAIN} default",
                 filter="range", read=local, example="00:00:00"),
    "duration": Kind("Duration", "sa.BigInteger()", "duration", _NUMBER, filter="range",
                     written=("timedelta", "DurationText"), sa_type="Microseconds",
                     read=of_type("Duration", "times"), example="PT0S",
                     least=-_DAYS, greatest=_DAYS),
    "uuid": Kind("UUID", "sa.Uuid()", "uuid", _PLAIN, filter="indexed", read=UUID,
                 example="00000000-0000-0000-0000-000000000000"),
    "json": Kind("JsonObject", JSON, "json_object", "optional readonly", sa_type="JsonColumn",
                 read=json_object, example="{}", empty="{}"),
    "list": Kind("Texts", JSON, "texts", "optional readonly", sa_type="JsonColumn",
                 read=json_list, example="[]", empty="[]"),
    "email": Kind("Email", "", "email", f"{_PLAIN} max", filter="indexed", longest=254, limit=254,
                  read=of_type("Email"), example="someone@example.com"),
    "url": Kind("Url", "", "url", f"{_PLAIN} max", filter="indexed", longest=2000, limit=2000,
                read=of_type("Url"), example="https://example.com/"),
    "enum": Kind("", "sa.String()", "enum", "optional readonly index default steps",
                 filter="equal", sa_type="String"),
    "ref": Kind("UUID", "sa.Uuid()", "reference", "optional readonly unique include",
                filter="equal", read=UUID),
}
# fmt: on
TEXTS = {"str", "text", "email", "url"}
MONEY = (15, 2)
DECIMAL_DIGITS = 18
"""As many as fit SQLite's integers, in which it keeps decimals."""
INDEX_BYTES = 2600
"""What PostgreSQL's index takes at most, and a little less."""
SEARCHED = 262_143
"""Characters of a row: beyond 2^20 bytes, PostgreSQL's index finds other words, and says nothing."""
MEMBER = 100
"""Characters of an enum's member."""
