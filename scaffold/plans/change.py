"""A change of one field of a feature that exists."""

from collections.abc import Callable

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.three_way import carried_over
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.migrate.history import head_of
from scaffold.plans.files import files_of, without_migrations
from scaffold.spec.check_feature import check_among, check_feature
from scaffold.spec.feature import Feature
from scaffold.spec.field_change import FieldChange
from scaffold.spec.records import load_features, named


def to_change(tree: Tree, name: str, make_change: Callable[[Feature], FieldChange]) -> Plan:
    features = load_features(tree.root)
    before = named(name, features)
    change = make_change(before)
    if change.new in before.fields:
        return {}
    after = change.of(before)
    check_feature(after)
    check_among(after, features)
    migration: dict[str, str] = {}
    if create_migration(before, features) != create_migration(after, features):
        migration = change_migration(before, change, features, head_of(tree.root))
        after = after.unmade()
    old, new = (without_migrations(files_of(each, features)) for each in (before, after))
    return {**migration, **carried_over(tree, old, new)}
