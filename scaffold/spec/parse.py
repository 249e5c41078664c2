"""From what a person types to a feature and its fields."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches

from scaffold.errors import SpecError
from scaffold.spec.check_feature import check_feature
from scaffold.spec.check_field import check_field
from scaffold.spec.feature import Feature
from scaffold.spec.field import FLAGS, RULES, VALUES, Field
from scaffold.spec.kinds import KINDS
from scaffold.spec.names import plural_of

# Both may contain colons, so that they come last.
LAST = re.compile(r":(?=(?:pattern|example)=)")


def parse_feature(
    name: str,
    tokens: Sequence[str],
    *,
    plural: str | None = None,
    unique: Sequence[Sequence[str]] = (),
    sort: str | None = None,
    owned: bool = False,
) -> Feature:
    """Raise `SpecError` if no such feature could be made."""
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
    """Raise `SpecError` if no such field could be made."""
    head, *last = LAST.split(token)
    name, kind, *parts = [*head.split(":"), "str"] if ":" not in head else head.split(":")
    if kind not in KINDS:
        raise SpecError(f"{token}: there is no type {kind}{_instead(kind, KINDS)}")
    given: dict[str, object] = {"target": name} if kind == "ref" else {}
    if kind in {"enum", "decimal"}:
        if not parts or "=" in parts[0] or parts[0] in FLAGS:
            example = "draft,sent,paid" if kind == "enum" else "12,2"
            raise SpecError(f"{token}: say which, such as {name}:{kind}:{example}")
        given["arguments"] = tuple(parts.pop(0).split(","))
    for part in [*parts, *last]:
        key, value = _modifier(token, kind, part)
        if key in given and key != "target":
            raise SpecError(f"{token}: {key} is there twice")
        given[key] = value
    field = Field(name, kind, **given)  # type: ignore[arg-type]  # checked below
    check_field(field)
    return field


def _modifier(token: str, kind: str, part: str) -> tuple[str, object]:
    key, is_valued, value = part.partition("=")
    if kind == "ref" and part in RULES:
        return "rule", part
    known = set(KINDS[kind].modifiers.split())
    if key in known and (key in VALUES) == bool(is_valued) and (value or not is_valued):
        return key, value if is_valued else True
    if kind == "ref" and not is_valued and key not in {*FLAGS, *VALUES}:
        return "target", part
    if key in {*FLAGS, *VALUES}:
        fitting = ", ".join(f"{each}=" if each in VALUES else each for each in sorted(known))
        raise SpecError(f"{token}: {part} does not fit {kind}; there is {fitting}")
    raise SpecError(f"{token}: there is no modifier {part}{_instead(key, known)}")


def _instead(wrong: str, known: Collection[str]) -> str:
    close = get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else f"; there is {', '.join(sorted(known))}"
