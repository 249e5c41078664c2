"""From what a person types to a feature and its fields."""

import re
from collections.abc import Sequence
from dataclasses import replace

from scaffold.errors import RefusedError
from scaffold.spec.check_feature import check_feature
from scaffold.spec.check_field import check_field
from scaffold.spec.feature import Feature
from scaffold.spec.field import FLAGS, RULES, VALUES, Field
from scaffold.spec.kinds import KINDS
from scaffold.spec.names import guess, plural_of

# Both may contain colons, so that they come last.
LAST = re.compile(r":(?=(?:pattern|example)=)")

ARGUMENTS = {"enum": "draft,sent,paid", "decimal": "12,2"}
"""Types that need some, with an example."""


def parse_feature(
    name: str,
    tokens: Sequence[str],
    *,
    plural: str | None = None,
    unique: Sequence[Sequence[str]] = (),
    sort: str | None = None,
    owned: bool = False,
) -> Feature:
    """Raise `RefusedError` if no such feature could be made."""
    feature = Feature(
        name,
        tuple(map(parse_field, tokens)),
        plural or plural_of(name),
        sort=sort or "-id",
        owned=owned,
    )
    groups = tuple(tuple(feature.field(each).column for each in group) for group in unique)
    feature = replace(feature, unique=groups)
    check_feature(feature)
    return feature


def parse_field(token: str) -> Field:
    """Raise `RefusedError` if no such field could be made."""
    head, *last = LAST.split(token)
    name, kind, *parts = [*head.split(":"), "str"] if ":" not in head else head.split(":")
    if kind not in KINDS:
        raise RefusedError(f"{token}: there is no type {kind}{guess(kind, KINDS)}")
    given: dict[str, object] = {}
    if example := ARGUMENTS.get(kind):
        if not parts or "=" in parts[0] or parts[0] in FLAGS:
            raise RefusedError(f"{token}: arguments are missing, as in {name}:{kind}:{example}")
        given["arguments"] = tuple(parts.pop(0).split(","))
    for part in [*parts, *last]:
        key, value = _modifier(token, kind, part)
        if key in given:
            raise RefusedError(f"{token}: {key} is there twice")
        given[key] = value
    if kind == "ref":
        given.setdefault("target", name)
    field = Field(name, kind, **given)  # type: ignore[arg-type]  # checked below
    check_field(field)
    return field


def _modifier(token: str, kind: str, part: str) -> tuple[str, object]:
    """Return the attribute of the field that this part of its token sets, and the value."""
    key, _, value = part.partition("=")
    known = {*KINDS[kind].modifiers.split()}
    if key in known and key in VALUES and value:
        return key, value
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
