"""Changes to the fields of a feature that exists."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.three_way import carried_over
from scaffold.migrate.alter import field_migration
from scaffold.migrate.create import Features, create_migration, migration_path
from scaffold.migrate.history import head_of
from scaffold.plans.add import named, now, without_migration, without_migrations
from scaffold.plans.files import files_of
from scaffold.spec.check_feature import check_among, check_feature
from scaffold.spec.feature import Feature, referring
from scaffold.spec.field import Field
from scaffold.spec.records import load_features
from scaffold.write.ruff import tidied


class Amendment(NamedTuple):
    title: str
    """Of the migration, such as `add due to`; the table's name follows."""
    apply: Callable[[Feature], Feature]
    renamed: tuple[str, str] | None = None
    backfill: str | None = None
    """The value that existing rows get."""


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
    """Drop it from the fields unique together and from the default sort, too."""
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
        plan |= carried_over(tree, old, new)
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
    return tidied({migration_path(now(), title.replace(" ", "_")): text})
