"""Changes to the fields of a feature that exists."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from alembic.util import rev_id

from scaffold.alterations import field_migration
from scaffold.fields import Field
from scaffold.fit import check_among, check_feature
from scaffold.history import head_of
from scaffold.merge import merged
from scaffold.migrations import create_migration, migration_path
from scaffold.plans import Features, Plan, named, now, without_migration, without_migrations
from scaffold.records import load_features
from scaffold.render import files_of, formatted
from scaffold.spec import Feature, referring
from scaffold.tree import Tree


class Amendment(NamedTuple):
    title: str
    """Of the migration, such as `add due to`; the table's name follows."""
    apply: Callable[[Feature], Feature]
    renamed: tuple[str, str] | None = None
    backfill: str | None = None
    """What rows get that are there already."""


def with_field(feature: Feature, field: Field) -> Feature:
    if field in feature.fields:
        return feature
    return replace(feature, fields=(*feature.fields, field))


def with_changed_field(feature: Feature, field: Field) -> Feature:
    before = feature.field(field.name)
    fields = tuple(field if each is before else each for each in feature.fields)
    return replace(feature, fields=fields)


def with_renamed_field(feature: Feature, old: str, new: str) -> Feature:
    before = feature.field(old)
    after = replace(before, name=new)
    columns = {before.column: after.column}
    return replace(
        feature,
        fields=tuple(after if each is before else each for each in feature.fields),
        unique=tuple(tuple(columns.get(each, each) for each in group) for group in feature.unique),
        sort=_renamed_sort(feature.sort, before.column, after.column),
    )


def _renamed_sort(sort: str, old: str, new: str) -> str:
    return sort.replace(old, new) if sort.lstrip("-") == old else sort


def without_field(feature: Feature, name: str) -> Feature:
    """Nor what it was part of: the fields unique together, and the default sort."""
    field = feature.field(name)
    return replace(
        feature,
        fields=tuple(each for each in feature.fields if each is not field),
        unique=tuple(group for group in feature.unique if field.column not in group),
        sort="-id" if feature.sort.lstrip("-") == field.column else feature.sort,
    )


def to_amend(tree: Tree, name: str, amendment: Amendment) -> Plan:
    features = load_features(tree.root)
    before = named(name, features)
    after = amendment.apply(before)
    if after == before:
        return {}
    check_feature(after)
    check_among(after, features)
    plan: Plan = {}
    if create_migration(before, features) != create_migration(after, features):
        plan |= migration_of(tree, before, after, features, amendment)
        after = without_migration(after)
    amended = {**features, name: after}
    for each in (name, *referring(name, features)):
        old = without_migrations(files_of(features[each], features))
        new = without_migrations(files_of(amended[each], amended))
        plan |= merged(tree, old, new)
    return plan


def migration_of(
    tree: Tree, before: Feature, after: Feature, features: Features, amendment: Amendment
) -> dict[str, str]:
    title = f"{amendment.title} {before.plural}"
    text = field_migration(
        before,
        after,
        features,
        title=title,
        revision=rev_id(),
        down_revision=head_of(tree.root),
        renamed=amendment.renamed,
        backfill=amendment.backfill,
    )
    return formatted({migration_path(now(), title.replace(" ", "_")): text})
