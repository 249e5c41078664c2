"""Values of fields, written in Python."""

import json
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


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
        case UUID():
            return f'UUID("{value}")'
    return repr(value)
