"""Faults of a field."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from scaffold.errors import refuse_first
from scaffold.spec.checks.text import faults_in_service, faults_of_lengths, faults_of_pattern
from scaffold.spec.checks.value import fault_of_text, fault_of_value
from scaffold.spec.field import Field
from scaffold.spec.kinds import DECIMAL_DIGITS, MEMBER, TEXTS
from scaffold.spec.names import SECRET, fault_of_column

MODEL = re.compile(r"[A-Z][A-Za-z0-9]*")
TEMPLATE = Path(__file__).parents[2] / "write/templates/model.py.jinja"
UNIQUE_VALUES = 100
"""So many at least, or a unique field soon has none left."""


def check_field(field: Field) -> None:
    refuse_first(f"{field}: {fault}" for fault in _faults_of_field(field))


def check_new_field(field: Field) -> None:
    """Try its pattern, too, which takes the time of an import: those of records have passed."""
    check_field(field)
    refuse_first(f"{field}: {fault}" for fault in faults_in_service(field))


def _faults_of_field(field: Field) -> Iterator[str]:
    if fault := fault_of_column(field.column):
        yield f"{field.column} {fault}"
    if field.unique and field.index:
        yield "what is unique has an index already: leave out index"
    if field.search and field.pattern is not None:
        yield "a text of a pattern is found by its value: index instead of search"
    if field.rule == "set-null" and not field.optional:
        yield "set-null needs optional"
    if field.readonly and field.required:
        yield "what only the service sets has a default, or is optional"
    if field.kind == "enum":
        yield from _faults_of_members(field)
    if field.model:
        yield from _faults_of_model(field.model)
    if field.kind == "list" and field.arguments != ("str",):
        yield "a list is one of texts: list:str"
    if field.kind == "decimal":
        yield from _faults_of_digits(field)
    if field.kind in TEXTS:
        yield from faults_of_lengths(field)
    if field.pattern is not None:
        yield from faults_of_pattern(field)
    if "ge" in field.modifiers:
        yield from _faults_of_range(field)
    for text in field.examples:
        if fault := fault_of_value(field, text):
            yield f"example: {text}: {fault}"
    if field.default is not None:
        yield from _faults_of_default(field, field.default)
    if field.steps is not None:
        yield from _faults_of_steps(field)


def _faults_of_members(field: Field) -> Iterator[str]:
    if len(field.arguments) < 2 or len(set(field.arguments)) < len(field.arguments):
        yield "an enum has two members or more, each once"
    for member in field.arguments:
        if fault := fault_of_text(replace(field, min="1", max=str(MEMBER)), member):
            yield f"{member!r}: {fault}"


def _faults_of_model(name: str) -> Iterator[str]:
    if not MODEL.fullmatch(name):
        yield "the model of a json is a class, such as PostalAddress"
    if name in re.findall(r"\w+", TEMPLATE.read_text(encoding="utf-8")):
        yield f"{name} has a meaning of its own in the files of a feature"


def _faults_of_steps(field: Field) -> Iterator[str]:
    if field.optional:
        yield "a field with steps always has a value: leave out optional"
    if field.readonly:
        yield "steps are for changes by requests: leave out readonly"
    for chain in field.chains:
        if len(chain) < 2 or any(before == after for before, after in pairwise(chain)):
            yield "steps go from one member to others, in quotes: 'steps=draft>sent>paid,draft>void'"
        for member in chain:
            if member not in field.arguments:
                yield f"steps: {member} is none of {', '.join(field.arguments)}"
    if not field.following.get(field.default or ""):
        yield f"steps: none begins at {field.default}, with which a row begins"


def _faults_of_digits(field: Field) -> Iterator[str]:
    if len(field.arguments) != 2 or not all(each.isdecimal() for each in field.arguments):
        yield "digits are two numbers, such as 12,2: all of them, and those after the point"
    elif not 1 <= field.digits[1] < field.digits[0] <= DECIMAL_DIGITS:
        yield f"there are at most {DECIMAL_DIGITS} digits, and one or more on each side of the point"


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
    if SECRET.search(field.name) and field.kind in {*TEXTS, "enum"}:
        yield "a secret has no default"
    if field.unique:
        yield "a default would be taken after the first row: leave out unique"
    if not field.is_now(default) and (fault := fault_of_value(field, default)):
        yield f"default: {fault}"
