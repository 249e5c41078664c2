"""Values of a field for its tests, written in Python and as the API shows them."""

from decimal import Decimal
from functools import cache

from scaffold.fields import Field
from scaffold.patterns import texts_of


@cache
def examples(field: Field) -> list[str]:
    """Return texts that fit the field's pattern."""
    texts = texts_of(str(field.pattern), field.shortest, field.longest, limit=10)
    return [repr_of(text) for text in (*sorted(texts[-3:]), *texts[:-3])]


def number_of(field: Field, number: Decimal) -> str:
    if field.is_exact:
        return f'"{number:.{field.digits[1]}f}"'
    return repr(float(number)) if field.kind == "float" else str(int(number))


def repr_of(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'
