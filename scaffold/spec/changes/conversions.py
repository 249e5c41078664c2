"""Types whose values can become those of others, and those that an expression can make."""

from scaffold.spec.field import Field
from scaffold.spec.kinds import TEXTS

TEXTUAL = {*TEXTS, "enum"}
NUMERIC = {"int", "bigint", "int64", "float", "decimal", "money"}
FLOAT_DIGITS = 15
"""As many of a decimal are the same after a way through a float."""
BY_EXPRESSION = {*TEXTUAL, "int", "bigint", "int64", "ref"}
"""Types whose values have one form in every database."""


def loss_of(old: Field, new: Field) -> str | None:
    """Tell why the type cannot change even if the values of all rows fit."""
    kinds = {old.kind, new.kind}
    if old.target != new.target:
        return "it refers to another feature"
    if new.model and new.model != old.model:
        return "objects of another shape do not fit"
    if old.is_exact and new.kind == "float" and old.digits[0] > FLOAT_DIGITS:
        return f"a float holds {FLOAT_DIGITS} digits"
    if kinds == {"int64", "float"}:
        return f"a float holds {FLOAT_DIGITS} digits"
    is_kept = len(kinds) == 1 or kinds <= TEXTUAL or kinds <= NUMERIC
    return None if is_kept else f"no {old.kind} is a {new.kind}"
