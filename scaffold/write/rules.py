"""Rules among the fields of a row, written in Python."""

from scaffold.spec.field import Field
from scaffold.spec.rule import OPPOSITE, Rule
from scaffold.write.literals import python


def broken(rule: Rule) -> str:
    """Write the condition under which the base class breaks the rule; null never does."""
    other = rule.right
    right = f"self.{other.column}" if isinstance(other, Field) else python(rule.value)
    given = [f"self.{field.column} is not None" for field in rule.fields if field.optional]
    return " and ".join([*given, f"self.{rule.left.column} {OPPOSITE[rule.sign]} {right}"])
