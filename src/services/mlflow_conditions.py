"""Filters as the conditions of a SELECT, with bound values only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, cast, func

from src.services.mlflow_filter import Comparison, parse_filter
from src.services.mlflow_tokens import Field, FilterError, Kind

type Expression = SQLColumnExpression[Any]

_SIGNS: dict[str, Callable[[Expression, Any], ColumnElement[bool]]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "IN": lambda column, value: column.in_(value),
    "NOT IN": lambda column, value: column.not_in(value),
}


@dataclass(frozen=True)
class Language:
    """What can be searched and sorted by."""

    texts: Mapping[str, Expression]
    """Attributes that are texts."""
    numbers: Mapping[str, Expression]
    named: Mapping[Kind, Callable[[str], Expression]] = field(default_factory=dict)
    """What is under a name, such as tags; metrics are numbers, the others texts."""
    there: Mapping[Kind, Callable[[str], ColumnElement[bool]]] = field(default_factory=dict)
    """Whether there is something under a name whose value is not a number, and so NULL."""
    related: Mapping[Kind, Callable[[str, "Holds"], ColumnElement[bool]]] = field(
        default_factory=dict
    )
    """What a row may have several of, such as data sets: one has to hold."""

    def column(self, wanted: Field) -> tuple[Expression, bool] | None:
        """Return an expression, and whether it is a number; None if there is no such field."""
        if wanted.kind in self.named:
            return self.named[wanted.kind](wanted.key), wanted.kind == "metric"
        for columns, is_number in ((self.texts, False), (self.numbers, True)):
            if wanted.kind == "attribute" and wanted.key in columns:
                return columns[wanted.key], is_number
        return None


type Holds = Callable[[Expression], ColumnElement[bool]]


def hex_of(column: Expression) -> Expression:
    """Return an id as MLflow writes it."""
    return func.replace(cast(column, String), "-", "", type_=String)


def milliseconds_of(column: Expression, dialect: str) -> Expression:
    if dialect == "sqlite":
        # It would round microseconds, which are cut off where times are shown.
        return func.round((func.julianday(func.substr(column, 1, 23)) - 2440587.5) * 86_400_000)
    return func.floor(func.extract("epoch", column) * 1000)


def conditions(language: Language, text: str, dialect: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter. Raises `FilterError`."""
    return [_condition(language, each, dialect) for each in parse_filter(text)]


def _condition(language: Language, each: Comparison, dialect: str) -> ColumnElement[bool]:
    related = language.related.get(each.field.kind)
    if related:
        is_number = each.field.kind == "metric"
        return related(each.field.key, lambda column: _compared(column, is_number, each, dialect))
    found = language.column(each.field)
    if found is None:
        raise FilterError
    compared = _compared(*found, each, dialect)
    if each.operator == "!=" and each.field.kind in language.there:
        # What is not a number differs from all numbers.
        return compared | (found[0].is_(None) & language.there[each.field.kind](each.field.key))
    return compared


def _compared(
    column: Expression, is_number: bool, each: Comparison, dialect: str
) -> ColumnElement[bool]:
    match each.operator, each.value:
        case "IS NULL", None if each.field.kind in {"tag", "param"}:
            return column.is_(None)
        case "IS NOT NULL", None if each.field.kind in {"tag", "param"}:
            return column.is_not(None)
        case ("LIKE" | "ILIKE") as like, str(pattern) if not is_number:
            return _like(column, pattern, dialect, any_case=like == "ILIKE")
        case ("<" | "<=" | ">" | ">=" | "=" | "!=") as sign, float(number) if is_number:
            return _SIGNS[sign](column, number)
        case ("=" | "!=" | "IN" | "NOT IN") as sign, (str() | list()) as value if not is_number:
            return _SIGNS[sign](column, value)
        case _:
            raise FilterError


def _like(column: Expression, pattern: str, dialect: str, *, any_case: bool) -> ColumnElement[bool]:
    """Compare with a pattern whose only wildcards are % and _."""
    if dialect == "sqlite":
        # LIKE knows no case there.
        return column.ilike(pattern) if any_case else column.op("GLOB")(_as_glob(pattern))
    pattern = pattern.replace("\\", "\\\\")
    return column.ilike(pattern) if any_case else column.like(pattern)


def _as_glob(pattern: str) -> str:
    wild = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(wild.get(each, each) for each in pattern)
