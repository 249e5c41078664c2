"""Faults of a feature, by itself and among others."""

from collections.abc import Iterable, Iterator, Mapping

from scaffold.errors import RefusedError
from scaffold.spec.check_field import bytes_of
from scaffold.spec.constraints import OWNER, constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import INDEX_BYTES
from scaffold.spec.names import IDENTIFIER_BYTES, fault_of_feature, guess


def check_feature(feature: Feature) -> None:
    """Raise `RefusedError` with the first fault that it has by itself."""
    if fault := fault_of_feature(feature.name, feature.plural):
        raise RefusedError(fault)
    _raise_first(feature, _faults_of_feature(feature))


def check_among(feature: Feature, features: Mapping[str, Feature]) -> None:
    """Raise `RefusedError` if the feature does not go with the others of the tree."""
    others = {name: each for name, each in features.items() if name != feature.name}
    _raise_first(feature, _faults_among(feature, others))


def _raise_first(feature: Feature, faults: Iterable[str]) -> None:
    for fault in faults:
        raise RefusedError(f"{feature.name}: {fault}")


def _faults_of_feature(feature: Feature) -> Iterator[str]:
    if not feature.fields:
        yield "a feature has one field at least, such as name:str:unique"
    for field in feature.refs:
        if field.target == feature.name and not field.optional:
            yield f"{field} needs optional: else no first {feature.name} could be made"
    parameters = [field.column for field in feature.fields]
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


def _faults_of_group(feature: Feature, group: tuple[str, ...]) -> Iterator[str]:
    fields, names = [feature.field(name) for name in group], " and ".join(group)
    if len(set(group)) < 2:
        yield "what is unique together are two fields or more"
    if any(field.kind in {"text", "json", "float"} or field.unique for field in fields):
        yield f"{names}: text, json, float and what is unique alone cannot be part"
    if not any("unique" in field.modifiers for field in fields):
        yield f"{names} leave few combinations"
    if sum(bytes_of(field) for field in fields) > INDEX_BYTES:
        yield f"{names} are too long for one index: say max"


def _faults_among(feature: Feature, others: Mapping[str, Feature]) -> Iterator[str]:
    if feature.owned and "user" not in others:
        yield "there are no users to whom it could belong"
    for other in others.values():
        if {feature.name, feature.plural} & {other.name, other.plural}:
            yield f"{other.name} ({other.plural}) has this name already"
    features = {name: each for name, each in others.items() if each.fields}
    features[feature.name] = feature
    for field in feature.refs:
        yield from _faults_of_reference(feature, field, features)
    for name in names_in(feature, others):
        if len(name) > IDENTIFIER_BYTES:
            yield f"PostgreSQL would cut the name {name} at {IDENTIFIER_BYTES} characters"


def _faults_of_reference(
    feature: Feature, field: Field, features: Mapping[str, Feature]
) -> Iterator[str]:
    target = features.get(field.target)
    if target is None:
        yield (
            f"{field} refers to {field.target}, which does not exist{guess(field.target, features)}"
        )
    elif target.owned:
        if not feature.owned:
            yield f"{target.name} belongs to users, so what refers to it has to: --owned"
        if field.rule == "set-null":
            yield f"{field}: set-null would clear the owner as well: restrict or cascade"
    if field.target != feature.name and feature.name in _ancestors(field.target, features):
        yield f"{field.target} refers to {feature.name}: two tables cannot need each other"


def names_in(feature: Feature, features: Mapping[str, Feature]) -> Iterator[str]:
    """Yield the names of the table's columns, constraints and indexes."""
    yield f"pk_{feature.plural}"
    yield from (field.column for field in feature.fields)
    yield from (constraint.name for constraint in constraints_of(feature, features))


def _ancestors(name: str, features: Mapping[str, Feature]) -> set[str]:
    """Return the features that this one refers to, and those that they refer to."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        targets = {field.target for field in features[waiting.pop()].refs} - found
        found |= targets
        waiting += targets
    return found
