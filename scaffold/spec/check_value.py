"""Faults of a value for a field."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from scaffold.spec.field import Field


def fault_of_number(field: Field, given: str) -> str | None:
    try:
        number = Decimal(given)
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        return f"{given} is no number"
    if field.kind in {"int", "bigint"} and not re.fullmatch(r"-?\d+", given):
        return f"{given} is no whole number"
    if field.is_exact and not re.fullmatch(rf"-?\d+(\.\d{{1,{field.digits[1]}}})?", given):
        return f"{given} has more than {field.digits[1]} places"
    free = Field(field.name, field.kind, field.arguments)
    if not free.least <= number <= free.greatest:
        return f"{given} is beyond {free.least} to {free.greatest}"
    return None


def fault_of_text(field: Field, given: str) -> str | None:
    if not field.shortest <= len(given) <= field.longest or given != given.strip():
        return f"it has {field.shortest} to {field.longest} characters and no space around"
    if not given.isprintable() or "\\" in given or '"' in given:
        return "it is printable, without quotes and backslashes"
    if field.pattern and not re.search(field.pattern, given):
        return "it does not match the pattern"
    return None


def _fault_of_bounded(field: Field, given: str) -> str | None:
    fault = fault_of_number(field, given)
    if fault is None and not field.least <= Decimal(given) <= field.greatest:
        return f"{given} is beyond {field.least} to {field.greatest}"
    return fault


def _fault_of_date(field: Field, given: str) -> str | None:
    try:
        return None if str(date.fromisoformat(given)) == given else "a date is like 2030-01-31"
    except ValueError:
        return "a date is like 2030-01-31"


def _fault_of_choice(field: Field, given: str) -> str | None:
    choices = field.arguments or ("true", "false")
    return None if given in choices else f"{given} is none of {', '.join(choices)}"


_FAULTS: dict[str, Callable[[Field, str], str | None]] = {
    "date": _fault_of_date,
    "bool": _fault_of_choice,
    "enum": _fault_of_choice,
    "str": fault_of_text,
    "text": fault_of_text,
}


def fault_of_value(field: Field, given: str) -> str | None:
    return _FAULTS.get(field.kind, _fault_of_bounded)(field, given)
