"""The types of fields: how each is written, which modifiers it takes, and what it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import JsonValue, TypeAdapter

UNREADABLE = (ValueError, KeyError, ArithmeticError)
JSON = 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'


def exact(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


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
    """How lists filter it: by an equal value, only if it is indexed, or by a range."""
    query: str = ""
    """The type of its filters, if another reads it from text."""
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
    least: float = 0
    greatest: float = 0


_PLAIN = "optional unique index"
_STR = "optional unique index default min max pattern example"
_NUMBER = "optional index default ge le"
_WHOLE = f"{_PLAIN} default ge le"
_BOOL = {"true": True, "false": False}.__getitem__
_OBJECT = TypeAdapter(dict[str, JsonValue]).validate_json
_TIMESTAMP = "sa.DateTime(timezone=True)"

# fmt: off
KINDS = {
    "str": Kind("NonBlank", "", "string", _STR, filter="indexed", longest=200, limit=1000),
    "text": Kind("Text", "", "text", "optional default min max", longest=10_000, limit=100_000),
    "int": Kind("Int32", "sa.Integer()", "integer", _WHOLE, filter="range", query="Int32Query",
                read=int, example="0", least=-(2**31), greatest=2**31 - 1),
    "bigint": Kind("SafeInt", "sa.BigInteger()", "safe_integer", _WHOLE, filter="range",
                   query="SafeIntQuery", sa_type="BigInteger",
                   read=int, example="0", least=1 - 2**53, greatest=2**53 - 1),
    "float": Kind("Float", "sa.Float()", "number", _NUMBER, filter="range", query="FloatQuery",
                  read=float, example="0", least=-1e308, greatest=1e308),
    "decimal": Kind("Decimal", "", "exact", _NUMBER, filter="range", read=exact, example="0"),
    "money": Kind("Decimal", "", "exact", _NUMBER, filter="range", read=exact, example="0"),
    "bool": Kind("Bool", "sa.Boolean()", "boolean", "optional index default",
                 filter="equal", query="BoolQuery", read=_BOOL, example="false"),
    "date": Kind("Date", "sa.Date()", "day", "optional unique index default",
                 filter="range", read=date.fromisoformat, example="2000-01-01"),
    "datetime": Kind("Timestamp", _TIMESTAMP, "timestamp", _PLAIN,
                     filter="range", read=datetime.fromisoformat, example="2000-01-01T00:00:00Z"),
    "uuid": Kind("UUID", "sa.Uuid()", "uuid", _PLAIN, filter="indexed", read=UUID,
                 example="00000000-0000-0000-0000-000000000000"),
    "json": Kind("JsonObject", JSON, "json_object", "optional", sa_type="JsonColumn",
                 read=_OBJECT, example="{}"),
    "email": Kind("Email", "", "email", f"{_PLAIN} max", filter="indexed", longest=254, limit=254),
    "url": Kind("Url", "", "url", f"{_PLAIN} max", filter="indexed", longest=2000, limit=2000),
    "enum": Kind("", "sa.String()", "enum", "optional index default",
                 filter="equal", sa_type="String"),
    "ref": Kind("UUID", "sa.Uuid()", "reference", "optional unique", filter="equal", read=UUID),
}
# fmt: on
TEXTS = {"str", "text", "email", "url"}
MONEY = (15, 2)
DECIMAL_DIGITS = 18
"""As many as fit SQLite's integers, in which it keeps decimals."""
INDEX_BYTES = 2600
"""What PostgreSQL's index takes at most, and a little less."""
