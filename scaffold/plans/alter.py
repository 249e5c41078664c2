"""The files of a feature that has changed, with the migration of its rows."""

from collections.abc import Iterable

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.three_way import carried_over
from scaffold.errors import refuse_first
from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration
from scaffold.migrate.history import head_of
from scaffold.plans.collisions import collisions, inherited
from scaffold.plans.files import files_of, without_migrations
from scaffold.spec.changes.feature import Change
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.write.code import code_for


def to_alter(tree: Tree, before: Feature, change: Change, features: Features) -> Plan:
    name, after = before.name, change.of(before)
    becoming = {**features, name: after}
    refuse_first(inherited(after), [*inherited(before)])
    path = f"src/models/{name}.py"
    model = tree.read(path) if tree.has(path) else ""
    head = head_of(tree.root)
    migration = change_migration(before, change, features, head, model, tree.root)
    others = features.keys() - {name}
    names = [name, *(each for each in sorted(others) if is_moved(each, features, becoming))]
    old = files_of_all(names, features)
    for each in names:
        if differ(each, features, becoming):
            becoming[each] = becoming[each].unmade()
    new = files_of_all(names, becoming)
    refuse_first(collisions(tree, becoming[name], new), [*collisions(tree, before, old)])
    return {**migration, **carried_over(tree, old, new)}


def is_moved(name: str, features: Features, becoming: Features) -> bool:
    """Tell whether the first of its files, such as the model, becomes another one, or its service,
    which knows what answers about linked rows include.
    """
    first, *others = features[name].code_paths.values() or [None]
    templates = [first] if first else []
    templates += [each for each in others if each == "service"]
    return any(
        code_for(each, features[name], features) != code_for(each, becoming[name], becoming)
        for each in templates
    )


def differ(name: str, features: Features, becoming: Features) -> bool:
    """Tell whether the feature's table would be created in another way."""
    before, after = features[name], becoming[name]
    return before.has_table and create_migration(before, features) != create_migration(
        after, becoming
    )


def files_of_all(names: Iterable[str], features: Features) -> dict[str, str]:
    files = [files_of(features[name], features) for name in names]
    return {path: text for each in files for path, text in without_migrations(each).items()}
