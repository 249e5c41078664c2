"""From what a person types to a feature and its fields."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypedDict, Unpack

from scaffold.errors import RefusedError, refuse_first
from scaffold.spec.checks.feature import check_feature
from scaffold.spec.checks.field import check_field, check_new_field
from scaffold.spec.checks.value import plain
from scaffold.spec.feature import Feature
from scaffold.spec.field import FLAGS, RULES, VALUES, Field
from scaffold.spec.job import Job, faults_of_job
from scaffold.spec.kinds import KINDS
from scaffold.spec.link import KIND, Link, is_link
from scaffold.spec.names import guess, plural_of

NEXT = re.compile(rf":(?=(?:{'|'.join(FLAGS)})(?::|$)|(?:{'|'.join(VALUES)})=)")
WITH_COLONS = ("default=", "pattern=", "example=")
"""Modifiers that only the next one ends."""
COMPARED = {"min", "max", "ge", "le", "default"}
"""Modifiers whose values are written in one way."""

ARGUMENTS = {"enum": "draft,sent,paid", "decimal": "12,2", "list": "str"}
"""Types that need some, with an example."""


class Options(TypedDict, total=False):
    plural: str | None
    unique: Sequence[Sequence[str]]
    checks: Sequence[str]
    sort: str | None
    owned: bool


def parse_feature(name: str, tokens: Sequence[str], **options: Unpack[Options]) -> Feature:
    """Raise `RefusedError` if no such feature could be made."""
    feature = read_feature(name, tokens, **options)
    check(feature, check_new_field)
    return feature


def check(feature: Feature, check_one: Callable[[Field], None] = check_field) -> None:
    for field in feature.fields:
        check_one(field)
    if isinstance(feature, Job):
        refuse_first(faults_of_job(feature))
    else:
        check_feature(feature)


def read_feature(name: str, tokens: Sequence[str], **options: Unpack[Options]) -> Feature:
    """Read a feature whose names and values may break rules."""
    feature = Feature(
        name,
        tuple(read_field(token) for token in tokens if not is_link(token)),
        options.get("plural") or plural_of(name),
        tuple(Link.read(token) for token in tokens if is_link(token)),
        checks=tuple(options.get("checks", ())),
        sort=options.get("sort") or "-id",
        owned=options.get("owned", False),
    )
    unique = options.get("unique", ())
    groups = tuple(tuple(feature.field(each).column for each in group) for group in unique)
    return replace(feature, unique=groups, checks=tuple(map(str, feature.rules)))


def parse_job(name: str, tokens: Sequence[str]) -> Job:
    """Raise `RefusedError` if there could be no such job."""
    job = read_job(name, tokens)
    check(job, check_new_field)
    return job


def read_job(name: str, tokens: Sequence[str]) -> Job:
    """Read a job whose names and values may break rules."""
    return Job(name, tuple(map(read_field, tokens)), plural=name, owned=True)


def parse_field(token: str) -> Field:
    """Raise `RefusedError` if no such field could be made."""
    field = read_field(token)
    check_new_field(field)
    return field


def parse_part(token: str) -> Field | Link:
    """Raise `RefusedError` if there could be no such field, and no such links."""
    return Link.read(token) if is_link(token) else parse_field(token)


def read_field(token: str) -> Field:
    split = ([e] if e.startswith(WITH_COLONS) else e.split(":") for e in NEXT.split(token))
    name, kind, *parts = [*chain.from_iterable(split)] if ":" in token else (token, "str")
    if kind == KIND:
        raise RefusedError(
            f"{token}: links belong to a feature; they are added, renamed or dropped"
        )
    if kind not in KINDS:
        raise RefusedError(f"{token}: there is no type {kind}{guess(kind, KINDS)}")
    given: dict[str, object] = {}
    if example := ARGUMENTS.get(kind):
        if not parts or "=" in parts[0] or parts[0] in FLAGS:
            raise RefusedError(f"{token}: arguments are missing, as in {name}:{kind}:{example}")
        arguments = parts.pop(0).split(",")
        given["arguments"] = tuple(
            plain("int", each) if kind == "decimal" else each for each in arguments
        )
    elif kind == "json" and parts and parts[0][:1].isupper():
        given["arguments"] = (parts.pop(0),)
    for part in parts:
        key, value = _modifier(token, kind, part)
        if key in given:
            raise RefusedError(f"{token}: {key} is there twice")
        given[key] = value
    if kind == "ref":
        given.setdefault("target", name)
    if steps := given.get("steps"):
        given.setdefault("default", str(steps).partition(">")[0])
    return Field(name, kind, **given)  # type: ignore[arg-type]  # the types that its parts have


def parse_pair(text: str) -> tuple[str, str]:
    """Read a value and what becomes of it."""
    before, sign, after = text.partition("=")
    if not sign:
        raise RefusedError(f"--map: {text}: a value and what it becomes are written OLD=NEW")
    return before, after


def _modifier(token: str, kind: str, part: str) -> tuple[str, object]:
    """Return the attribute of the field that this part of its token sets, and the value."""
    key, _, value = part.partition("=")
    known = {*KINDS[kind].modifiers.split()}
    if key in known and key in VALUES and value:
        is_length = key in {"min", "max"}
        return key, plain("int" if is_length else kind, value) if key in COMPARED else value
    if part in known and part in FLAGS:
        return part, True
    if kind == "ref" and part in RULES:
        return "rule", part
    if key in {*FLAGS, *VALUES}:
        fitting = ", ".join(f"{each}=" if each in VALUES else each for each in sorted(known))
        raise RefusedError(f"{token}: {kind} does not take {part}; it takes {fitting}")
    if kind == "ref":
        return "target", part
    raise RefusedError(f"{token}: there is no modifier {part}{guess(key, known)}")
