"""Faults of a field."""

import re
from collections.abc import Iterator
from dataclasses import replace

from scaffold.errors import RefusedError
from scaffold.spec.check_value import fault_of_text, fault_of_value
from scaffold.spec.field import Field
from scaffold.spec.kinds import DECIMAL_DIGITS, INDEX_BYTES, TEXTS
from scaffold.spec.names import fault_of_field, fault_of_name

ENUM_MEMBER = re.compile(r"[a-z][a-z0-9_-]*")
UNIQUE_VALUES = 100
"""So many at least, or a unique field soon has none left."""


def check_field(field: Field) -> None:
    """Raise `RefusedError` with the first fault."""
    for fault in _faults_of_field(field):
        raise RefusedError(f"{field}: {fault}")


def _faults_of_field(field: Field) -> Iterator[str]:
    if fault := fault_of_name(field.name) or fault_of_field(field.column):
        yield f"{field.column} {fault}"
    if field.unique and field.index:
        yield "what is unique has an index already: leave out index"
    if field.rule == "set-null" and not field.optional:
        yield "set-null needs optional"
    if field.kind == "enum":
        yield from _faults_of_members(field)
    if field.kind == "decimal":
        yield from _faults_of_digits(field)
    if field.kind in TEXTS:
        yield from _faults_of_lengths(field)
    if field.pattern is not None:
        yield from _faults_of_pattern(field)
    elif field.example:
        yield "example goes with pattern"
    if "ge" in field.modifiers:
        yield from _faults_of_range(field)
    if field.default is not None:
        yield from _faults_of_default(field, field.default)


def _faults_of_members(field: Field) -> Iterator[str]:
    if len(field.arguments) < 2 or len(set(field.arguments)) < len(field.arguments):
        yield "an enum has two members or more, each once"
    for member in field.arguments:
        if not ENUM_MEMBER.fullmatch(member):
            yield f"{member!r} must begin with a letter and consist of a-z, 0-9, _ and -"


def _faults_of_digits(field: Field) -> Iterator[str]:
    if len(field.arguments) != 2 or not all(each.isdecimal() for each in field.arguments):
        yield "digits are two numbers, such as 12,2: all of them, and those after the point"
    elif not 1 <= field.digits[1] < field.digits[0] <= DECIMAL_DIGITS:
        yield f"there are at most {DECIMAL_DIGITS} digits, and one or more on each side of the point"


def _faults_of_lengths(field: Field) -> Iterator[str]:
    for name, length in {"min": field.min, "max": field.max}.items():
        if length and not length.isdecimal():
            yield f"{name} is a number of characters"
    if field.longest > field.facts.limit:
        yield f"{field.kind} has at most {field.facts.limit} characters"
    if field.kind == "str" and field.shortest < 1:
        yield "a str has one character at least; text may be empty"
    if field.shortest > field.longest:
        yield f"min is greater than max, which is {field.longest}"
    if field.kind in {"email", "url"} and field.longest < 30:
        yield f"no {field.kind} is sure to fit; max must be 30 at least"
    if (field.unique or field.index) and bytes_of(field) > INDEX_BYTES:
        yield f"an index holds {INDEX_BYTES // 4} characters at most: say max"


def bytes_of(field: Field) -> int:
    return field.longest * (4 if field.kind == "str" else 1)


def _faults_of_pattern(field: Field) -> Iterator[str]:
    pattern = field.pattern or ""
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"the pattern is no regular expression: {error}"
    if re.search(r"\(\?[=!<]|\\[1-9]", pattern):
        yield "a pattern has no look-around and no back-references"
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield "a pattern says all of a text: from ^ to $"
    if re.search(pattern, "a\x00b"):
        yield "the pattern takes NUL, which PostgreSQL cannot store"
    if not set(pattern).isdisjoint("'\"\n") or not pattern.isascii():
        yield "a pattern is ASCII without quotes"
    if len(set(field.examples)) < max(2, len(field.examples)):
        yield "a pattern needs two different examples or more at the end: example=A-1,A-2"
    for text in field.examples:
        if fault := fault_of_text(field, text):
            yield f"example: {text}: {fault}"


def _faults_of_range(field: Field) -> Iterator[str]:
    unbounded = replace(field, ge=None, le=None)
    for name, bound in {"ge": field.ge, "le": field.le}.items():
        if bound and (fault := fault_of_value(unbounded, bound)):
            yield f"{name}: {fault}"
    if field.least >= field.greatest:
        yield "ge must be less than le"
    if field.unique and int(field.greatest) - int(field.least) < UNIQUE_VALUES - 1:
        yield f"a unique field needs {UNIQUE_VALUES} values to choose from"


def _faults_of_default(field: Field, default: str) -> Iterator[str]:
    if field.unique:
        yield "a default would be taken after the first row: leave out unique"
    if fault := fault_of_value(field, default):
        yield f"default: {fault}"
