"""A feature that goes, with all that belongs to it."""

from collections.abc import Iterable, Mapping, Sequence

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.git import known, unseen
from scaffold.edit.registration import MAIN, unregister
from scaffold.errors import RefusedError
from scaffold.migrate.create import (
    VERSIONS,
    create_and_drop,
    free_moment,
    migration_path,
    new_migration,
    undone,
)
from scaffold.migrate.history import head_of, is_applied
from scaffold.plans.files import files_of, without_migrations
from scaffold.spec.constraints import Features
from scaffold.spec.feature import Feature
from scaffold.spec.parts import load_parts, needing, own_files
from scaffold.spec.records import FOLDER, load_features, named
from scaffold.write.ruff import formatted


def to_remove(tree: Tree, name: str, *, force: bool) -> Plan:
    features, parts = load_features(tree.root), load_parts(tree.root)
    if name in parts.keys() - features.keys():
        raise RefusedError(f"{name} is a capability. It goes with: blank --without {name}")
    feature = named(name, features)
    if names := needing(name, parts):
        raise RefusedError(f"{name} is needed by {', '.join(names)}.")
    files, created = files_of(feature, features), migrations_of(tree, feature)
    if can_forget_migration(tree, feature, created):
        migration, gone = dict[str, str](), {*files, *created}
    else:
        migration = drop_of(tree, feature, features, created)
        files = without_migrations(files)
        gone = {*files}
    refuse_edited(tree, feature, files, force=force)
    own = own_files(feature, parts.values()).difference(created)  # later ones may follow it
    refuse_unseen(tree, own, force=force)
    gone |= own
    plurals = [feature.plural] if feature.has_routes else []
    main = unregister(tree.read(MAIN), *plurals)
    return {**{path: None for path in sorted(gone) if tree.has(path)}, **migration, MAIN: main}


def refuse_edited(tree: Tree, feature: Feature, files: Mapping[str, str], *, force: bool) -> None:
    if (changed := edited(tree, feature, files)) and not force:
        raise RefusedError(
            f"Changed by hand, and deleted only with --force: {', '.join(changed)}. "
            f"Files listed as by_hand in {FOLDER}/{feature.name}.toml need no --force."
        )


def refuse_unseen(tree: Tree, paths: Iterable[str], *, force: bool) -> None:
    if (lost := sorted(filter(tree.has, unseen(tree.root, paths)))) and not force:
        raise RefusedError(
            f"Git has not seen {', '.join(lost)}. Commit what you want to keep. Without a "
            "commit, it is deleted only with --force."
        )


def edited(tree: Tree, feature: Feature, files: Mapping[str, str]) -> list[str]:
    """Return those that are not as generated, and not recorded as made by hand."""
    return [
        path
        for path, text in files.items()
        if path not in feature.files and (not tree.has(path) or tree.read(path) != text)
    ]


def can_forget_migration(tree: Tree, feature: Feature, created: Sequence[str]) -> bool:
    """Tell whether no database, no other migration and no other clone builds on it."""
    if feature.revision is None or feature.revision != head_of(tree.root):
        return False
    return not known(tree.root, created) and not is_applied(tree.root, feature.revision)


def drop_of(
    tree: Tree, feature: Feature, features: Features, created: Iterable[str]
) -> dict[str, str]:
    """Return the migration that drops the table."""
    title, head = f"drop {feature.plural}", head_of(tree.root)
    for path in created:
        text = undone(tree.read(path), title, rev_id(), head)
        return formatted({migration_path(free_moment(tree.root, title), title): text})
    if not feature.has_table:
        return {}
    create, drop = create_and_drop(feature, features)
    return new_migration(tree.root, title, head, drop, create, contracts=True)


def migrations_of(tree: Tree, feature: Feature) -> list[str]:
    """Return the path of the one that makes the table, if that is still all there is."""
    paths = sorted(str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py"))
    line = f'\nrevision: str = "{feature.revision}"\n'
    return [path for path in paths if line in tree.read(path)]
