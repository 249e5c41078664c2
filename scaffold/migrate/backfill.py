"""The values that rows get, as a migration writes them."""

from typing import Any

from scaffold.errors import RefusedError
from scaffold.migrate.expression import MADE
from scaffold.migrate.tables import type_of
from scaffold.migrate.unfit import cell, unfit_for
from scaffold.spec.changes.conversions import NUMERIC
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.constraints import OWNER_FIELD, Features
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import KINDS, TEXTS, UNREADABLE
from scaffold.spec.names import in_sql
from scaffold.spec.rule_values import values_of
from scaffold.write.literals import python, stored
from scaffold.write.requests import validated


def value_for(change: FieldChange, feature: Feature, features: Features, model: str) -> str | None:
    """Write the value of rows that have none, or none that fits. The feature is as it becomes.

    Raise `RefusedError` if no request could send it.
    """
    given, field = change.given, change.new
    if change.expression is not None:
        return MADE
    if given is None or field is None:
        return None
    if change.old and change.backfill is not None and not filled_rows(change):
        raise RefusedError(f"{field}: all rows fit as they are: leave out --backfill")
    if field.is_now(given):
        return "datetime.now(UTC)" if field.kind == "datetime" else "datetime.now(UTC).date()"
    if field == OWNER_FIELD and feature.owned:
        return _user(given)
    value = validated(field, given, feature, features, model)
    for rule in feature.rules:
        if rule.left == field and rule.value is not None and not rule.holds(value, rule.value):
            raise RefusedError(f"{field}: {given}: {rule} must hold")
    if change.old and is_early(change):
        _refuse_unwritable(change.old, value)
        return stored(change.old, value)
    return stored(field, value)


def filled(change: FieldChange, value: str | None) -> str:
    """Give rows their values."""
    old, new = change.old, change.new
    if not new:
        return ""
    if not old:
        return _update(new.column, value) if value else ""
    column, code = cell(old.column), ""
    if change.mapping:
        members = f"sa.case({dict(change.mapping)!r}, value={column}, else_={column})"
        code = _update(old.column, members)
    if value and (condition := filled_rows(change)):
        code += _update(old.column, value, condition)
    return code


def filled_rows(change: FieldChange) -> str:
    """Write the condition of the rows that get the value."""
    old, new = change.old, change.new
    if not (old and new):
        return ""
    conditions = [f"{cell(old.column)}.is_(None)"] if change.requires else []
    if change.backfill is not None:
        conditions += [each.condition for each in unfit_for(old, new, change.mapping)]
    return " | ".join(f"({each})" for each in conditions)


def _update(column: str, value: str, condition: str = "") -> str:
    where = f".where({condition})" if condition else ""
    return f'op.execute(sa.update(rows){where}.values({{"{column}": {value}}}))\n'


def _user(address: str) -> str:
    """Write what finds the id: a migration is for many databases, which share no ids."""
    try:
        address = KINDS["email"].read(address)
    except UNREADABLE:
        raise RefusedError(f"--owner: {address} is no email") from None
    user = 'sa.select(sa.column("id")).select_from(sa.table("users"))'
    return f'{user}.where(sa.column("email") == {python(address)}).scalar_subquery()'


def is_early(change: FieldChange) -> bool:
    """Tell whether rows get values before the column gets its type, which may be too narrow."""
    old, new = change.old, change.new
    if not (old and new) or type_of(old) == type_of(new):
        return False
    if old.kind in NUMERIC:
        return True
    return new.kind != "enum" and (old.kind == "enum" or old.longest > new.longest)


def _refuse_unwritable(old: Field, value: Any) -> None:
    if isinstance(value, str) or old.places is None:
        return
    if value != round(value, old.places) or not old.least <= value <= old.greatest:
        raise RefusedError(f"{value} has to fit {old}, too, since rows get it before they change")


def rescaled(table: str, change: FieldChange) -> str:
    """Move the point of decimals, of which SQLite counts the last place."""
    old, new = change.old, change.new
    if not (old and new) or (old.places or 0) == (new.places or 0):
        return ""
    before, after = old.places or 0, new.places or 0
    column = in_sql(old.column)
    value = (
        f"{column} * {10 ** (after - before)}"
        if after > before
        else f"{column} / {10 ** (before - after)}"
    )
    if old.kind == "float":
        value = f"round({value})"
    if new.kind == "float":
        value = f"{value}.0"
    statement = python(f"UPDATE {in_sql(table)} SET {column} = {value}")  # noqa: S608  # names of ours
    return f"if is_sqlite:\n    op.execute({statement})"


def stand_in(field: Field, feature: Feature, features: Features) -> str | None:
    """Return a value for a dropped field that comes back without its values, if there can be one."""
    if field.unique and field.kind == "uuid":
        return 'rows.c["id"]'
    if field.unique and field.kind in {*TEXTS, "int", "bigint", "int64"}:
        count = 'sa.select(sa.func.count()).where(others.c["id"] < rows.c["id"]).scalar_subquery()'
        return f"sa.cast({count}, sa.String())" if field.kind in TEXTS else count
    if field.unique:
        return None
    if field.kind == "ref":
        parent = features[field.target].plural
        return f'sa.select(sa.table("{parent}", sa.column("id")).c.id).limit(1).scalar_subquery()'
    if field.kind in TEXTS:
        return '""'
    for values in values_of(feature.rules):
        if field in values.fields:
            return stored(field, values.of(field)[0])
    example = field.arguments[0] if field.kind == "enum" else field.facts.example
    return stored(field, field.facts.read(field.ge or example))
