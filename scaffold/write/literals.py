"""Values of a field, written in Python and as the API shows them."""

from decimal import Decimal

from scaffold.spec.field import Field


def number_of(field: Field, number: Decimal) -> str:
    if field.is_exact:
        return f'"{number:.{field.digits[1]}f}"'
    return repr(float(number)) if field.kind == "float" else str(int(number))


def repr_of(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'
