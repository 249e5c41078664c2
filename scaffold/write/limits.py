"""Values at the limits of what a field takes, and beyond, written in Python."""

from decimal import Decimal

from scaffold.spec.field import Field
from scaffold.write.samples import number_of, repeated

EXTREMES = {
    "date": ['"0001-01-01"', '"9999-12-31"'],
    "datetime": ['"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999999Z"'],
    "json": ["{}", "nested(32)", '{"text": "ä 漢 🚀 \\\\u0000 \'quoted\'", "": 2**63}'],
    "email": ['"first.last+tag@mail.example.co"'],
    "url": ['"http://localhost:8000/a?b=c#d"'],
}
WRONG = {
    "str": ["1", "True", "[]", "{}", '"a\\x00b"'],
    "text": ["1", "[]", '"a\\x00b"'],
    "int": ['"1"', "1.5", "True", "[]"],
    "bigint": ['"1"', "1.5", "True", "[]"],
    "float": ['"1.5"', "True", "[]"],
    "decimal": ["1.5", '"1e2"', '"NaN"', '""'],
    "money": ["1.5", '"1e2"', '"1.001"', '""'],
    "bool": ["1", '"true"', "[]"],
    "date": ["1", '"2030-02-30"', '"2030-01-01T00:00:00Z"', '"tomorrow"'],
    "datetime": ["1", '"2030-01-01"', '"2030-01-01T00:00:00"', '"now"'],
    "uuid": ["1", '"1"', "[]"],
    "json": ["[]", '"text"', '{"key": "a\\x00b"}', '{"a\\x00b": 1}', "nested(33)"]
    + ['{"large": "x" * 65_536}'],
    "email": ["1", '""', '"a"', '"a@b"', '"a b@example.com"', '"a@example.com\\x00"'],
    "url": ["1", '""', '"example.com"', '"ftp://example.com"', '"https://a b"'],
    "enum": ["1", '"none such"', "[]"],
    "ref": ["1", '"1"', "[]"],
}


def accepted(field: Field) -> list[str]:
    """Others at the limits of what may be."""
    match field.kind:
        case "str" | "text" if not field.pattern:
            low, high = max(field.shortest, 1), field.longest
            few = [repeated("漢", high), repeated("🚀", low)]
            return ['""', *few] if field.shortest == 0 else few
        case "int" | "bigint" | "decimal" | "money":
            return [number_of(field, field.least), number_of(field, field.greatest)]
        case "float":
            given = [field.least] * bool(field.ge) + [field.greatest] * bool(field.le)
            return [number_of(field, each) for each in given]
    return EXTREMES.get(field.kind, [])


def refused(field: Field) -> list[str]:
    wrong = [] if field.optional else ["None"]
    wrong += WRONG[field.kind]
    if field.kind in {"str", "text", "email", "url"}:
        if 1 < field.shortest < 30:
            wrong.append(repeated("x", field.shortest - 1))
        if field.kind == "str" and not field.pattern:
            wrong += ['""', '" "', '"\\u3000"', '"\\x1c"']
            wrong += [f'"x".ljust({field.shortest})'] if field.shortest > 1 else []
        wrong.append(repeated("x", field.longest + 1))
    if "ge" in field.facts.modifiers.split():
        wrong += _beyond(field)
    return wrong


def _beyond(field: Field) -> list[str]:
    step = Decimal(1).scaleb(-field.digits[1]) if field.is_exact else Decimal(1)
    if field.kind != "float":
        return [number_of(field, n) for n in (field.least - step, field.greatest + step)]
    below = [number_of(field, field.least - step)] if field.ge else []
    return below + ([number_of(field, field.greatest + step)] if field.le else [])
