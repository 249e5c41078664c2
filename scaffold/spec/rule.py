"""A rule of a feature: two fields, or a field and a value, compared as in ``ends_at > starts_at``."""

import operator
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from scaffold.errors import RefusedError
from scaffold.spec.checks.value import fault_of_value, plain
from scaffold.spec.field import Field
from scaffold.spec.names import NAME, in_sql

COMPARED = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "!=": operator.ne,
}
WORDS = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge", "!=": "ne"}
OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "=="}
WRITTEN = re.compile(r"(\w+)\s*(<=|>=|!=|<|>)\s*(\S+)")
NUMBERS = {"int", "bigint", "int64", "float"}
EXACT = {"decimal", "money"}
TIMES = {"datetime", "time", "duration"}
"""What databases store in forms of their own."""
NO_FIELD = "is not a field of the feature, and a rule compares its fields"
ORDERED = {*NUMBERS, *EXACT, *TIMES, "date"}


@dataclass(frozen=True)
class Rule:
    left: Field
    sign: str
    right: Field | str
    """A field, or a value as in a token."""

    def __str__(self) -> str:
        return f"{self.left.column} {self.sign} {self._right}"

    @property
    def _right(self) -> str:
        return self.right.column if isinstance(self.right, Field) else self.right

    @property
    def fields(self) -> tuple[Field, ...]:
        return (self.left, self.right) if isinstance(self.right, Field) else (self.left,)

    @property
    def is_of_requests(self) -> bool:
        """Return whether requests alone can keep and break it."""
        return not any(field.readonly for field in self.fields)

    @property
    def words(self) -> str:
        """In messages: the condition, without quotes around names."""
        return self.condition.replace('"', "")

    @property
    def condition(self) -> str:
        """In SQL."""
        right = in_sql(self._right) if isinstance(self.right, Field) else self._right
        right = f"'{right}'" if isinstance(self.value, date) else right
        return f"{in_sql(self.left.column)} {self.sign} {right}"

    @property
    def name(self) -> str:
        """Of its constraint, after that of the table."""
        return re.sub(r"\W+", "_", f"{self.left.column}_{WORDS[self.sign]}_{self._right}").lower()

    @property
    def value(self) -> Any:
        """The value on the right; None if there is a field."""
        return None if isinstance(self.right, Field) else self.left.facts.read(self.right)

    def other(self, row: Mapping[Field, Any]) -> Any:
        """Return what the field on the left is compared with."""
        return row.get(self.right) if isinstance(self.right, Field) else self.value

    def holds(self, left: Any, right: Any) -> bool:
        """Tell whether it does; null passes, as in SQL."""
        return left is None or right is None or bool(COMPARED[self.sign](left, right))


def parse_rule(text: str, fields: dict[str, Field]) -> Rule:
    """Raise `RefusedError` if there is no such rule. Fields are by their names and columns."""
    found = WRITTEN.fullmatch(text.strip())
    if found and found[1] not in fields and NAME.fullmatch(found[1]):
        raise RefusedError(f"--check: {text}: {found[1]} {NO_FIELD}")
    if not found or found[1] not in fields:
        signs = ", ".join(COMPARED)
        raise RefusedError(
            f"--check: {text}: a rule is a field, one of {signs}, and a field or value"
        )
    left = fields[found[1]]
    rule = Rule(left, found[2], fields.get(found[3]) or plain(left.kind, found[3]))
    for fault in _faults_of(rule):
        raise RefusedError(f"--check: {text}: {fault}")
    return rule


def _faults_of(rule: Rule) -> Iterator[str]:
    left, right = rule.left, rule.right
    kinds = {field.kind for field in rule.fields}
    if kinds == {"ref"} and isinstance(right, Field):
        if rule.sign != "!=" or left.target != right.target:
            yield "references are compared by != with others to the same feature"
    elif not kinds <= ORDERED:
        yield f"{', '.join(kinds - ORDERED)} cannot be compared: write this rule into the service"
    elif isinstance(right, str):
        yield from _faults_of_value(left, right)
    elif not (kinds <= NUMBERS or kinds <= EXACT or len(kinds) == 1):
        yield f"{left.kind} and {right.kind} cannot be compared"
    elif kinds <= EXACT and left.digits[1] != right.digits[1]:
        yield "decimals are compared if they have as many places"
    if any(field.unique for field in rule.fields if field.kind != "ref"):
        yield "what is unique cannot be compared"


def _faults_of_value(field: Field, given: str) -> Iterator[str]:
    if NAME.fullmatch(given):  # which no value is that can be compared
        yield f"{given} {NO_FIELD}"
    elif fault := fault_of_value(field, given):
        yield fault
    elif field.kind in TIMES:
        yield f"a {field.kind} is compared with another field"
    elif field.is_exact and field.facts.read(given):
        yield "a decimal is compared with 0 or another field; ge= and le= are limits of one"
