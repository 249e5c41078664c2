"""The value of a new field in existing rows, as a migration writes it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from scaffold.errors import SpecError
from scaffold.migrate.create import Features
from scaffold.spec.check_value import fault_of_value
from scaffold.spec.kinds import TEXTS
from scaffold.write.literals import number_of
from scaffold.write.spelling import Spelling, decimal_of

NEUTRAL = {
    "bool": "false",
    "date": "2000-01-01",
    "datetime": "2000-01-01T00:00:00Z",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "json": "{}",
}


def filled(code: Spelling, value: str) -> str:
    """Raise `SpecError` if the value does not fit the field."""
    field = code.field
    if "default" in field.facts.modifiers and (fault := fault_of_value(field, value)):
        raise SpecError(f"{field}: {fault}")
    try:
        return _written(code, value)
    except (ValueError, ArithmeticError):
        raise SpecError(f"{field}: {value} is no {field.kind}") from None


def _written(code: Spelling, value: str) -> str:
    field = code.field
    if field.is_exact:
        whole, exact = int(Decimal(value).scaleb(field.digits[1])), decimal_of(value)
        return f'{whole} if op.get_context().dialect.name == "sqlite" else {exact}'
    match field.kind:
        case "json":
            return "{}"
        case "bool":
            return {"true": "True", "false": "False"}[value]
        case "uuid" | "ref":
            return f'UUID("{UUID(value)}")'
        case "date":
            return f'date.fromisoformat("{datetime.fromisoformat(value).date()}")'
        case "datetime":
            return f'datetime.fromisoformat("{datetime.fromisoformat(value).isoformat()}")'
        case "int" | "bigint" | "float":
            return number_of(field, Decimal(value))
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def stand_in(code: Spelling, features: Features) -> str:
    """Return a value for a dropped field that comes back without its values."""
    field = code.field
    if field.kind == "ref":
        parent = features[field.target].plural
        return f'sa.select(sa.table("{parent}", sa.column("id")).c.id).limit(1).scalar_subquery()'
    if field.unique and field.kind == "uuid":
        return "rows.c.id"
    if field.unique and field.kind in {*TEXTS, "int", "bigint"}:
        count = "sa.select(sa.func.count()).where(others.c.id < rows.c.id).scalar_subquery()"
        return f"sa.cast({count}, sa.String())" if field.kind in TEXTS else count
    if field.kind == "enum":
        return filled(code, field.arguments[0])
    if field.kind in TEXTS:
        return '""'
    return filled(code, NEUTRAL.get(field.kind, str(field.least if field.ge else 0)))
