"""What a feature may not be, by itself and among others, and why."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from scaffold.checks import bytes_of
from scaffold.fields import SpecError
from scaffold.kinds import INDEX_BYTES
from scaffold.names import IDENTIFIER_BYTES, fault_of_feature, plural_of
from scaffold.spec import Feature


def check_feature(feature: Feature) -> None:
    """Raises `SpecError` with the first fault."""
    for fault in _faults_of_feature(feature):
        raise SpecError(f"{feature.name}: {fault}")


def _faults_of_feature(feature: Feature) -> Iterator[str]:
    if fault := fault_of_feature(feature.name, feature.plural):
        yield fault
    if not feature.fields:
        yield "a feature has one field at least, such as name:str:unique"
    for field in feature.refs:
        if field.target == feature.name and not field.optional:
            yield f"{field} needs optional: else no first {feature.name} could be made"
    parameters = [*(field.column for field in feature.fields)]
    parameters += [f"{f.column}_{end}" for f in feature.range_filters for end in ("min", "max")]
    for name in parameters:
        if parameters.count(name) > 1:
            yield f"{name} is there twice, as a field or as a filter"
    if feature.sort not in feature.sorts:
        yield f"there is no sort {feature.sort}; there is {', '.join(feature.sorts)}"
    for group in feature.unique:
        yield from _faults_of_group(feature, group)
    for name in constraints_of(feature):
        if len(name) > IDENTIFIER_BYTES:
            yield f"PostgreSQL would cut the name {name} at {IDENTIFIER_BYTES} characters"


def _faults_of_group(feature: Feature, group: tuple[str, ...]) -> Iterator[str]:
    fields = [feature.field(name) for name in group]
    if len(set(group)) < 2:
        yield "what is unique together are two fields or more"
    if any(field.kind in {"text", "json", "float"} or field.unique for field in fields):
        yield f"{' and '.join(group)}: text, json, float and what is unique alone cannot be part"
    if not any("unique" in field.facts.modifiers.split() for field in fields):
        yield f"{' and '.join(group)} leave few combinations"
    if sum(bytes_of(field) for field in fields) > INDEX_BYTES:
        yield f"{' and '.join(group)} are too long for one index: say max"


def constraints_of(feature: Feature, features: Mapping[str, Feature] = {}) -> Iterator[str]:
    """The names of the table, its columns, constraints and indexes."""
    table = feature.plural
    yield f"pk_{table}"
    for field in feature.fields:
        yield field.column
        if field.kind == "ref":
            parent = features.get(field.target)
            yield f"fk_{table}_{field.column}_{parent.plural if parent else plural_of(field.target)}"
        if field.kind == "enum":
            yield f"ck_{table}_{field.column}"
        if field.indexed:
            yield f"ix_{table}_{field.column}"
        if field.unique:
            yield f"uq_{table}_{field.column}"
    for group in feature.unique:
        yield f"uq_{table}_{'_'.join(group)}"


def check_among(feature: Feature, features: Mapping[str, Feature]) -> None:
    """Raises `SpecError` if the feature does not go with the others of the tree."""
    others = {name: each for name, each in features.items() if name != feature.name}
    for fault in _faults_among(feature, others):
        raise SpecError(f"{feature.name}: {fault}")


def _faults_among(feature: Feature, others: Mapping[str, Feature]) -> Iterator[str]:
    for other in others.values():
        if {feature.name, feature.plural} & {other.name, other.plural}:
            yield f"{other.name} ({other.plural}) has this name already"
    for field in feature.refs:
        if field.target not in {feature.name, *others}:
            yield f"{field} refers to {field.target}, which does not exist{_instead(field.target, others)}"
        if feature.name in _ancestors(field.target, others):
            yield f"{field.target} refers to {feature.name}: two tables cannot need each other"
    for name in constraints_of(feature, others):
        if len(name) > IDENTIFIER_BYTES:
            yield f"PostgreSQL would cut the name {name} at {IDENTIFIER_BYTES} characters"


def _instead(wrong: str, known: Mapping[str, Feature]) -> str:
    close = get_close_matches(wrong, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _ancestors(name: str, features: Mapping[str, Feature]) -> set[str]:
    """The features that this one refers to, and those that they refer to."""
    found: set[str] = set()
    waiting = [name]
    while waiting and (feature := features.get(waiting.pop())):
        targets = {field.target for field in feature.refs} - found
        found |= targets
        waiting += targets
    return found
