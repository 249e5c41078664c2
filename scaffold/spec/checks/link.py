"""Faults of links, by themselves and among the features."""

from collections.abc import Iterator

from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.link import KIND
from scaffold.spec.link_tables import tables_of
from scaffold.spec.names import fault_in_sql, fault_of_column, fault_of_name, guess

HIDDEN = "user"
"""The feature whose rows only administrators see."""


def faults_of_links(feature: Feature) -> Iterator[str]:
    columns = {field.name for field in feature.fields}
    for link in feature.links:
        if fault := fault_of_name(link.name) or fault_of_column(link.column):
            yield f"{link.name} {fault}"
        if link.column == f"{feature.name}_id":
            other = f"related:{KIND}:{link.target}"
            yield f"{link}: {link.column} would be both rows: choose another name, as in {other}"
        if link.name in columns or feature.links.count(link) > 1:
            yield f"{link.name} is there twice"
    for table in tables_of(feature, {}):
        if fault := fault_in_sql(table.name):
            other = f"related:{KIND}:{table.link.target}"
            yield f"{table.link}: its table {table.name} {fault}: choose another name, as in {other}"


def faults_of_targets(feature: Feature, features: Features) -> Iterator[str]:
    """Yield the faults of the links among the features with tables."""
    for link in feature.links:
        target = features.get(link.target)
        if target is None:
            name = f"{link.target}, which does not exist{guess(link.target, features)}"
            yield f"{link} links with {name}. Name the feature, as in {link.name}:{KIND}:tag"
        elif target.name == HIDDEN:
            yield f"{link}: only administrators see users: write a feature that refers to them"
        elif target.owned and not feature.owned:
            yield f"{target.name} belongs to users, so what is linked with it has to: --owned"


def tables_in(feature: Feature) -> set[str]:
    """Return the names of its tables and their classes."""
    tables = tables_of(feature, {})
    names = {name for each in tables for name in (each.name, each.class_name)}
    return {feature.plural, feature.class_name, *names}
