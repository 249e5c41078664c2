"""Faults of a value for a field."""

import re
from datetime import date, time
from decimal import Decimal

from scaffold.spec.field import Field
from scaffold.spec.kinds import KINDS, TEXTS, UNREADABLE


def fault_of_value(field: Field, given: str) -> str | None:
    """Tell why the field cannot have the value that is written so."""
    try:
        value = field.facts.read(given)
    except UNREADABLE:
        return f"{given} is no {field.kind}, such as {field.facts.example}"
    if field.kind in TEXTS:
        return fault_of_text(field, given)
    if field.kind == "enum" and given not in field.arguments:
        return f"{given} is none of {', '.join(field.arguments)}"
    if field.is_exact and value != round(value, field.digits[1]):
        return f"{given} has more than {field.digits[1]} places"
    if field.greatest and not field.least <= value <= field.greatest:
        return f"{given} is beyond {field.least} to {field.greatest}"
    return None


PLAIN = {"int", "bigint", "int64", "float", "decimal", "money", "date", "datetime", "time"}


def plain(kind: str, given: str) -> str:
    """Write the value as all databases and requests read it: 7 for 007, 0 for -0, 08:30:00 for 08:30."""
    if kind not in PLAIN:
        return given
    try:
        value = KINDS[kind].read(given)
    except UNREADABLE:  # which the checks will tell
        return given
    if isinstance(value, date | time):
        return value.isoformat().replace("+00:00", "Z")
    text = str(Decimal(given) if isinstance(value, float) else value)
    return text if value else text.removeprefix("-")


def fault_of_text(field: Field, given: str) -> str | None:
    if not field.shortest <= len(given) <= field.longest or given != given.strip():
        return f"it has {field.shortest} to {field.longest} characters and no space around"
    if not given.isprintable() or "\\" in given or '"' in given:
        return "it is printable, without quotes and backslashes"
    if field.pattern and not re.search(field.pattern, given):
        return "it does not match the pattern"
    return None
