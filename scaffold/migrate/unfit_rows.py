"""Conditions, as migrations write them, for rows that do not fit a constraint."""

from collections.abc import Sequence

from scaffold.migrate.unfit import Unfit, cell
from scaffold.spec.constraints import OWNER
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.rule import Rule
from scaffold.write.literals import stored

FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}


def unfit_by_target(target: Feature, value: str) -> Unfit:
    """Return the rows that would refer to none, or to another user's."""
    if "select" in value:  # a user by address
        return Unfit(f"that would refer to none of {target.plural}", f"{value}.is_(None)")
    return no_row_of(target, f"sa.literal({value}, sa.Uuid())")


def no_row_of(target: Feature, value: str) -> Unfit:
    names = ["id", OWNER] if target.owned else ["id"]
    keys = ", ".join(f'sa.column("{name}", sa.Uuid())' for name in names)
    rows = f'sa.select({keys}).select_from(sa.table("{target.plural}"))'
    one = f"sa.tuple_({value}, {cell(OWNER)})" if target.owned else value
    return Unfit(f"that would refer to none of {target.plural}", f"{one}.not_in({rows})")


def unfit_by_key(names: Sequence[str]) -> Unfit:
    """Return the rows that have what has to be unique from now on."""
    columns = ", ".join(map(cell, names))
    others = columns.replace("rows", "others")
    group = f"sa.select({others}).group_by({others}).having(sa.func.count() > 1)"
    one = f"sa.tuple_({columns})" if len(names) > 1 else columns
    return Unfit(f"with the same {' and '.join(names)} as another one", f"{one}.in_({group})")


def unfit_when_filled(rule: Rule, field: Field, value: str, filled: str) -> Unfit:
    """Return the rows that break the rule once the field has the value."""
    (other,) = (each for each in rule.fields if each != field)
    sign = rule.sign if other == rule.left else FLIPPED[rule.sign]
    condition = f"({filled}) & sa.not_({cell(other.column)} {sign} {value})"
    return Unfit(f"that would break {rule}", condition)


def unfit_by_rule(rule: Rule) -> Unfit:
    right = (
        cell(rule.right.column) if isinstance(rule.right, Field) else stored(rule.left, rule.value)
    )
    return Unfit(f"that break {rule}", f"sa.not_({cell(rule.left.column)} {rule.sign} {right})")
