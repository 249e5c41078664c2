"""Faults of a feature, by itself and among others."""

from collections.abc import Iterator, Mapping

from scaffold.errors import refuse_first
from scaffold.spec.checks.link import faults_of_links, faults_of_targets, tables_in
from scaffold.spec.checks.text import bytes_of, faults_of_search
from scaffold.spec.constraints import ancestors, constraints_of
from scaffold.spec.feature import Feature
from scaffold.spec.field import Field
from scaffold.spec.kinds import INDEX_BYTES
from scaffold.spec.link_tables import tables_of
from scaffold.spec.names import IDENTIFIER_BYTES, fault_of_feature, guess
from scaffold.spec.rule_values import values_of


def check_feature(feature: Feature) -> None:
    """Raise `RefusedError` with the first fault that it has by itself."""
    refuse_first(faults_of_feature(feature))


def check_among(feature: Feature, features: Mapping[str, Feature]) -> None:
    """Raise `RefusedError` if the feature does not go with the others of the tree."""
    refuse_first(faults_among(feature, features))


def faults_of_feature(feature: Feature) -> Iterator[str]:
    if fault := fault_of_feature(feature.name, feature.plural):
        yield fault
    if all(field.readonly for field in feature.fields):
        yield "a feature has one field at least that requests set, such as name:str:unique"
    for field in feature.refs:
        if field.target == feature.name and not field.optional:
            yield f"{field} needs optional: else no first {feature.name} could be made"
        if field.name in {each.name for each in feature.fields if each.kind != "ref"}:
            yield f"{field.name} is there twice: write {field.name}_row:ref:{field.target}"
    yield from (*faults_of_links(feature), *faults_of_search(feature.fields))
    for name in feature.parameters:
        if feature.parameters.count(name) > 1:
            yield f"{name} is there twice, as a field or as a filter"
    if sum(field.steps is not None for field in feature.fields) > 1:
        yield "one field at most has steps"
    for model in feature.models:
        if model.startswith(feature.class_name):
            yield f"{model}: begins with the name of the feature, as its own classes do"
    if feature.sort not in feature.sorts:
        yield f"there is no sort {feature.sort}; there is {', '.join(feature.sorts)}"
    for group in feature.unique:
        yield from _faults_of_group(feature, group)
    if len({rule.name for rule in feature.rules}) < len(feature.rules):
        yield "a rule is there twice"
    values_of(feature.rules)  # raises if the tests could not be written


def _faults_of_group(feature: Feature, group: tuple[str, ...]) -> Iterator[str]:
    fields, names = [feature.field(name) for name in group], " and ".join(group)
    if len(set(group)) < 2:
        yield "what is unique together are two fields or more"
    if any(field.kind in {"text", "json", "list", "float"} or field.unique for field in fields):
        yield f"{names}: text, json, lists, float and what is unique alone cannot be part"
    compared = {field for rule in feature.rules for field in rule.fields if field.kind != "ref"}
    varying = [field for field in fields if "unique" in field.modifiers and field not in compared]
    if not any(not field.readonly for field in varying):
        yield f"{names} leave few combinations"
    if any(field.readonly and not field.optional for field in fields):
        yield f"{names}: what only the service sets is the same in every new row: make it optional"
    if sum(bytes_of(field) for field in fields) > INDEX_BYTES:
        yield f"{names} are too long for one index: say max"


def faults_among(feature: Feature, features: Mapping[str, Feature]) -> Iterator[str]:
    others = {name: each for name, each in features.items() if name != feature.name}
    if feature.owned and "user" not in others:
        yield "there are no users to whom it could belong"
    for other in others.values():
        if {feature.name, feature.plural} & {other.name, other.plural}:
            yield f"{other.name} ({other.plural}) has this name already"
        for model in feature.models & other.models:
            yield f"{other.name} has a model {model} already"
        for name in sorted(tables_in(feature) & tables_in(other)):
            yield f"{other.name} has a table or a class {name} already"
    features = {name: each for name, each in others.items() if each.has_table}
    if feature.has_table:
        features[feature.name] = feature
    for field in feature.refs:
        yield from _faults_of_reference(feature, field, features)
    yield from faults_of_targets(feature, features)
    if feature.has_table:
        yield from _faults_of_names(feature, features)


def faults_between(features: Mapping[str, Feature]) -> Iterator[str]:
    """Yield all faults of features that do not go together, each with the name of the first."""
    for name, each in features.items():
        yield from (f"{name}: {fault}" for fault in faults_among(each, features))


def _faults_of_names(feature: Feature, features: Mapping[str, Feature]) -> Iterator[str]:
    mine = {*relations_in(feature, features)}
    for other in features.values():
        if other.name != feature.name:
            for name in mine.intersection(relations_in(other, features)):
                yield f"{other.name} has a table or an index {name} already"
    for name in names_in(feature, features):
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
    is_needed = feature.name in ancestors(field.target, features, required=True)
    if is_needed and not field.optional and field.target != feature.name:
        yield f"{field.target} refers to {feature.name}: one of the two is optional"


def names_in(feature: Feature, features: Mapping[str, Feature]) -> Iterator[str]:
    """Yield the names of the table's columns, constraints and indexes."""
    yield f"pk_{feature.plural}"
    yield from (field.column for field in feature.fields)
    yield from (constraint.name for constraint in constraints_of(feature, features))
    yield from _searches(feature)
    for table in tables_of(feature, features):
        yield from (f"pk_{table.name}", *table.key, *(each.name for each in table.constraints))


def relations_in(feature: Feature, features: Mapping[str, Feature]) -> Iterator[str]:
    """Yield the names that PostgreSQL gives to one thing only."""
    yield from (feature.plural, f"pk_{feature.plural}")
    constraints = constraints_of(feature, features)
    yield from (each.name for each in constraints if each.kind in {"ix", "uq"})
    yield from _searches(feature)
    for table in tables_of(feature, features):
        yield from (table.name, f"pk_{table.name}", f"ix_{table.name}_{table.link.column}")


def _searches(feature: Feature) -> Iterator[str]:
    """Yield the name of PostgreSQL's index of words, and of SQLite's table."""
    if feature.searched:
        yield f"search_of_{feature.plural}"
