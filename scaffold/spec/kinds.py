"""The types of fields, with the modifiers that fit each."""

from dataclasses import dataclass
from decimal import Decimal

JSON = 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'


@dataclass(frozen=True)
class Kind:
    type: str
    """In models and schemas; an enum has one of its own."""
    column: str
    """In migrations; that of texts and decimals says how long."""
    modifiers: str
    query: str = ""
    """The type of its filters, if another reads it from text."""
    sa_type: str = ""
    """In models, where SQLModel would not choose the right one."""
    longest: int = 0
    """Characters, unless `max` says less or more."""
    limit: int = 0
    """Characters that `max` may allow."""
    least: Decimal = Decimal(0)
    greatest: Decimal = Decimal(0)


KINDS = {
    "str": Kind(
        "NonBlank",
        "",
        "optional unique index default min max pattern example",
        longest=200,
        limit=1000,
    ),
    "text": Kind("Text", "", "optional default min max", longest=10_000, limit=100_000),
    "int": Kind(
        "Int32",
        "sa.Integer()",
        "optional unique index default ge le",
        query="Int32Query",
        least=Decimal(-(2**31)),
        greatest=Decimal(2**31 - 1),
    ),
    "bigint": Kind(
        "SafeInt",
        "sa.BigInteger()",
        "optional unique index default ge le",
        query="SafeIntQuery",
        sa_type="BigInteger",
        least=Decimal(1 - 2**53),
        greatest=Decimal(2**53 - 1),
    ),
    "float": Kind(
        "Float",
        "sa.Float()",
        "optional index default ge le",
        query="FloatQuery",
        least=Decimal("-1e308"),
        greatest=Decimal("1e308"),
    ),
    "decimal": Kind("Decimal", "", "optional index default ge le"),
    "money": Kind("Decimal", "", "optional index default ge le"),
    "bool": Kind("Bool", "sa.Boolean()", "optional index default", query="BoolQuery"),
    "date": Kind("Date", "sa.Date()", "optional unique index default"),
    "datetime": Kind("Timestamp", "sa.DateTime(timezone=True)", "optional unique index"),
    "uuid": Kind("UUID", "sa.Uuid()", "optional unique index"),
    "json": Kind("JsonObject", JSON, "optional", sa_type="JsonColumn"),
    "email": Kind("Email", "", "optional unique index max", longest=254, limit=254),
    "url": Kind("Url", "", "optional unique index max", longest=2000, limit=2000),
    "enum": Kind("", "sa.String()", "optional index default", sa_type="String"),
    "ref": Kind("UUID", "sa.Uuid()", "optional unique"),
}
TEXTS = {"str", "text", "email", "url"}
MONEY = (15, 2)
DECIMAL_DIGITS = 18
"""As many as fit SQLite's integers, in which it keeps decimals."""
INDEX_BYTES = 2600
"""What PostgreSQL's index takes at most, and a little less."""
