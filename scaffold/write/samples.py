"""Values of a field for its tests, written in Python and as the API shows them."""

from collections.abc import Callable
from decimal import Decimal

from scaffold.spec.field import Field

HUGE = 10**6
EXAMPLES = {
    "bool": ["False", "True"],
    "date": ['"2030-01-01"', '"2030-01-02"', '"2031-01-01"'],
    "datetime": [
        '"2030-01-01T00:00:00Z"',
        '"2030-01-01T00:00:00.500000Z"',
        '"2031-01-01T00:00:00Z"',
    ],
    "uuid": [f'"{digit}0000000-0000-4000-8000-000000000000"' for digit in "12a"],
    "json": ['{"a": 1}', '{"a": 1, "b": [None, True, 0.1]}', '{"c": {}}'],
    "email": ['"a@example.com"', '"b@example.com"', '"c@example.com"'],
    "url": ['"https://a.example/"', '"https://b.example/"', '"https://c.example/"'],
}


def examples(field: Field) -> list[str]:
    """Two or three different ones, ascending."""
    if field.pattern:
        return [repr_of(text) for text in sorted(field.examples)]
    if field.kind == "enum":
        return [f'"{member}"' for member in sorted(field.arguments)]
    if field.kind in {"str", "text"}:
        return [repeated(letter, max(field.shortest, 1)) for letter in "abc"]
    if field.kind in EXAMPLES:
        return EXAMPLES[field.kind]
    return [number_of(field, each) for each in _numbers(field)]


def _numbers(field: Field) -> list[Decimal]:
    if field.is_exact and field.least <= 9 and field.greatest >= 100:
        return [Decimal(9), Decimal(10), Decimal(100)]  # as text, another order
    low = field.least if field.ge else min(Decimal(0), field.greatest - 3)
    step = min(Decimal(1), (field.greatest - low) / 2)
    if field.kind in {"int", "bigint"}:
        return [low + n for n in range(3) if low + n <= field.greatest]
    if field.is_exact:
        step = step.quantize(Decimal(1).scaleb(-field.digits[1]), "ROUND_DOWN")
    return sorted({low + step * n for n in range(3)})


def number_of(field: Field, number: Decimal) -> str:
    if field.is_exact:
        return f'"{number:.{field.digits[1]}f}"'
    return repr(float(number)) if field.kind == "float" else str(int(number))


def fresh(field: Field) -> str:
    """Another one each time it is evaluated, or for a long time."""
    makers: dict[str, Callable[[Field], str]] = {
        "str": _fresh_text,
        "int": _fresh_number,
        "bigint": _fresh_number,
        "date": lambda _: 'f"2029-01-{number % 28 + 1:02}"',
        "datetime": lambda _: 'f"2029-01-01T00:00:{number % 60:02}Z"',
        "uuid": lambda _: "str(uuid4())",
        "email": lambda _: 'f"someone{number}@example.com"',
        "url": lambda _: 'f"https://example.com/{number}"',
    }
    return makers[field.kind](field)


def _fresh_text(field: Field) -> str:
    if field.pattern:
        texts = [repr_of(text) for text in field.examples]
        return f"[{', '.join(texts)}][number % {len(texts)}]"
    width = min(max(field.shortest, 8), field.longest)
    limit = "" if width >= 8 else f" % {10**width}"
    return f'f"{{number{limit}:0{width}}}"'


def _fresh_number(field: Field) -> str:
    low = int(field.least) if field.ge else min(0, int(field.greatest) - HUGE)
    first = low + len(examples(field))
    span = int(field.greatest) - first + 1
    counted = "number" if span > HUGE else f"number % {span}"
    return f"{first} + {counted}"


def repeated(text: str, times: int) -> str:
    return f'"{text}"' if times == 1 else f'"{text}" * {times}'


def repr_of(text: str) -> str:
    return '"' + text.replace("\\", "\\\\") + '"'
