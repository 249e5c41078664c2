"""Values of fields, written in Python."""

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from scaffold.spec.field import Field
from src.models.times import DurationText


def answered(field: Field, given: str) -> str:
    """Write the value as the API answers it: decimals and dates are text."""
    return shown(field, field.facts.read(given))


def shown(field: Field, value: object) -> str:
    match value:
        case Decimal():
            return f'"{value:.{field.digits[1]}f}"'
        case datetime():
            return f'"{value.isoformat().replace("+00:00", "Z")}"'
        case date() | time() | UUID():
            return f'"{value}"'
        case timedelta():
            return f'"{DurationText.write(value)}"'
    return python(f"{value}" if field.kind == "int64" else value)


def python(value: object) -> str:
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            number = str(value)
            is_whole = number.lstrip("-").isdecimal()
            return f"Decimal({number})" if is_whole else f'Decimal("{number}")'
        case datetime():
            return f'datetime.fromisoformat("{value.isoformat()}")'
        case date():
            return f"date({value.year}, {value.month}, {value.day})"
        case time() | timedelta():
            return repr(value).removeprefix("datetime.")
        case UUID():
            return f'UUID("{value}")'
    return repr(value)


def stored(field: Field, value: Any) -> str:
    """Write the value as the field's column has it: of decimals, SQLite counts the last place; of
    durations, every database counts microseconds."""
    if field.is_exact:
        exact = Decimal(value)
        return f"({int(exact.scaleb(field.digits[1]))} if is_sqlite else {python(exact)})"
    if isinstance(value, Decimal):
        return python(float(value) if field.places is None else int(value))
    if isinstance(value, timedelta):
        return python(value // timedelta(microseconds=1))
    if field.facts.empty:  # SQLAlchemy writes no value of this type for `alembic upgrade --sql`
        text = json.dumps(value).replace("'", "''")
        return f"sa.literal_column({python(f"'{text}'")})"
    return python(value)
