"""Faults of a field that holds texts."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

from scaffold.spec.field import Field
from scaffold.spec.kinds import INDEX_BYTES, SEARCHED

_ESCAPED = r"[^\w\s<>]"
_CLASS = rf"\[\^?\]?(?:(?!&&|--|~~|\|\|)[^\[\]\\]|\\(?:[dsw]|{_ESCAPED}))*\]"
_COUNT = r"(?:\d{1,2}|1\d\d|2[0-4]\d|25[0-5])"
_REPEAT = rf"(?:[*+?]|\{{{_COUNT}(?:,{_COUNT}?)?\}})\??(?!\+)"
_PLAIN = r"[^\[\]\\(){}*+?]"
READ_ALIKE = re.compile(
    rf"(?:{_CLASS}|\\(?:[dswDSW]|{_ESCAPED})|{_REPEAT}|\(\?:|\((?!\?)|\)|{_PLAIN})*"
)
"""Patterns that mean one thing to Python, to Pydantic, and to PostgreSQL in migrations."""


def faults_of_lengths(field: Field) -> Iterator[str]:
    for name, length in {"min": field.min, "max": field.max}.items():
        if length and not length.isdecimal():
            yield f"{name} is a number of characters"
    if field.longest > field.facts.limit:
        yield f"{field.kind} has at most {field.facts.limit} characters"
    if field.longest < 1:
        yield "max must be 1 at least"
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


def faults_of_search(fields: Iterable[Field]) -> Iterator[str]:
    if sum(field.longest for field in fields if field.search) > SEARCHED:
        yield f"a search has at most {SEARCHED:,} characters of all its fields: say max"


def faults_of_pattern(field: Field) -> Iterator[str]:
    pattern = field.pattern or ""
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"the pattern is no regular expression: {error}"
    if not (pattern.startswith("^") and pattern.endswith("$")):
        yield "a pattern says all of a text: from ^ to $"
    if not set(pattern).isdisjoint("'\"\n") or not pattern.isascii():
        yield "a pattern is ASCII without quotes"
    if not READ_ALIKE.fullmatch(pattern):
        yield (
            "a pattern has what Python, Pydantic and PostgreSQL read alike: characters, groups such "
            "as (a|b) or (?:a|b), classes such as [a-z], repeats up to {255}, the escapes \\d, \\s "
            "and \\w, and escaped signs"
        )
    if re.search(pattern, "a\x00b"):
        yield "the pattern takes NUL, which PostgreSQL cannot store"
    if len(set(field.examples)) < max(2, len(field.examples)):
        yield "a pattern needs two different examples or more: example=A-1,A-2"


def faults_in_service(field: Field) -> Iterator[str]:
    """Yield those of the pattern by the library that reads it in the service."""
    if not field.pattern:
        return
    from pydantic import StringConstraints, TypeAdapter, ValidationError  # takes a while
    from pydantic_core import SchemaError

    try:
        texts = TypeAdapter(list[Annotated[str, StringConstraints(pattern=field.pattern)]])
        texts.validate_python([*field.examples])
    except SchemaError as error:
        yield f"Pydantic cannot read the pattern: {str(error).splitlines()[-1].strip()}"
    except ValidationError:
        yield "an example does not match the pattern as Pydantic reads it"
