"""The values that existing rows get, as a migration writes them."""

from decimal import Decimal

from scaffold.errors import RefusedError
from scaffold.migrate.tables import Features, type_of
from scaffold.spec.check_value import fault_of_value
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.field_change import FieldChange
from scaffold.spec.kinds import TEXTS
from scaffold.write.literals import python
from scaffold.write.templating import rendered


def backfilled(feature: Feature, change: FieldChange, features: Features) -> str:
    """Raise `RefusedError` if the value does not fit the field."""
    field = change.new
    if field is None or not (change.fills or change.lost_members):
        return ""
    conditions = []
    if change.old and change.requires:
        conditions.append(f"rows.c.{field.column}.is_(None)")
    if change.lost_members:
        conditions.append(f"rows.c.{field.column}.not_in({list(field.arguments)})")
    given = field.default if change.backfill is None else change.backfill
    if given is not None and (fault := fault_of_value(field, given)):
        raise RefusedError(f"{field}: --backfill: {fault}")
    return rendered(
        "fill",
        table=feature.plural,
        column=field.column,
        type=type_of(field),
        value=_stand_in(field, features) if given is None else _value(field, given),
        condition=" | ".join(conditions),
    )


def _value(field: Field, given: str) -> str:
    value = field.facts.read(given)
    if isinstance(value, Decimal):
        whole = int(value.scaleb(field.digits[1]))
        return f'{whole} if op.get_context().dialect.name == "sqlite" else {python(value)}'
    return python(value)


def _stand_in(field: Field, features: Features) -> str:
    """Return a value for a dropped field that comes back without its values."""
    if field.kind == "ref":
        parent = features[field.target].plural
        return f'sa.select(sa.table("{parent}", sa.column("id")).c.id).limit(1).scalar_subquery()'
    if field.unique and field.kind == "uuid":
        return "rows.c.id"
    if field.unique and field.kind in {*TEXTS, "int", "bigint"}:
        count = "sa.select(sa.func.count()).where(others.c.id < rows.c.id).scalar_subquery()"
        return f"sa.cast({count}, sa.String())" if field.kind in TEXTS else count
    if field.kind in TEXTS:
        return '""'
    example = field.arguments[0] if field.kind == "enum" else field.facts.example
    return _value(field, field.ge or example)
