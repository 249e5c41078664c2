"""Faults of a feature, by itself and among others."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from scaffold.errors import SpecError
from scaffold.spec.check_field import bytes_of
from scaffold.spec.constraints import OWNER, constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.kinds import INDEX_BYTES
from scaffold.spec.names import IDENTIFIER_BYTES, fault_of_feature, plural_of


def check_feature(feature: Feature) -> None:
    """Raise `SpecError` with the first fault."""
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
    if feature.owned and OWNER in parameters:
        yield f"{OWNER} is a column of every owned feature"
    if feature.sort not in feature.sorts:
        yield f"there is no sort {feature.sort}; there is {', '.join(feature.sorts)}"
    for group in feature.unique:
        yield from _faults_of_group(feature, group)
    for name in names_in(feature):
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


def names_in(feature: Feature, features: Mapping[str, Feature] = {}) -> Iterator[str]:
    """Of the table's columns, constraints and indexes."""
    assumed = {
        each.target: Feature(each.target, (), plural_of(each.target)) for each in feature.refs
    }
    yield f"pk_{feature.plural}"
    for field in feature.fields:
        yield field.column
    for constraint in constraints_of(feature, assumed | dict(features)):
        yield constraint.name


def check_among(feature: Feature, features: Mapping[str, Feature]) -> None:
    """Raise `SpecError` if the feature does not go with the others of the tree."""
    others = {name: each for name, each in features.items() if name != feature.name}
    for fault in _faults_among(feature, others):
        raise SpecError(f"{feature.name}: {fault}")


def _faults_among(feature: Feature, others: Mapping[str, Feature]) -> Iterator[str]:
    if feature.owned and "user" not in others:
        yield "there are no users to whom it could belong"
    for other in others.values():
        if {feature.name, feature.plural} & {other.name, other.plural}:
            yield f"{other.name} ({other.plural}) has this name already"
    generated = {feature.name, *(each.name for each in others.values() if each.fields)}
    for field in feature.refs:
        if field.target not in generated:
            yield f"{field} refers to {field.target}, which does not exist{_instead(field.target, others)}"
        if (target := {**others, feature.name: feature}.get(field.target)) and target.owned:
            if not feature.owned:
                yield f"{field.target} belongs to users, so what refers to it has to: --owned"
            if field.rule == "set-null":
                yield f"{field}: set-null would clear the owner as well: restrict or cascade"
        if feature.name in _ancestors(field.target, others):
            yield f"{field.target} refers to {feature.name}: two tables cannot need each other"
    for name in names_in(feature, others):
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
