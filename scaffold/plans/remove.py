"""A feature that goes, with all that belongs to it."""

from collections.abc import Mapping

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, unregister
from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS, Features, drop_migration, migration_path, undone
from scaffold.migrate.history import head_of, is_applied
from scaffold.plans.add import named, now, without_migrations
from scaffold.plans.files import files_of
from scaffold.spec.feature import Feature
from scaffold.spec.parts import load_parts, needing, own_files
from scaffold.spec.records import FOLDER, load_features
from scaffold.write.ruff import formatted, tidied


def to_remove(tree: Tree, name: str, *, force: bool) -> Plan:
    features, parts = load_features(tree.root), load_parts(tree.root)
    if name in parts.keys() - features.keys():
        raise RefusedError(f"{name} is a capability, and goes with: blank --without {name}")
    feature = named(name, features)
    if names := needing(name, parts):
        raise RefusedError(f"Needed by others: {', '.join(names)}.")
    files = files_of(feature, features)
    migration: dict[str, str] = {}
    gone = set(migrations_of(tree, feature))
    if not can_forget_migration(tree, feature):
        migration, gone = drop_of(tree, feature, features), set()
        files = without_migrations(files)
    refuse_edited(tree, feature, files, force=force)
    gone |= {*files, *own_files(feature, parts.values())}
    main = unregister(tree.read(MAIN), feature.plural)
    return {**{path: None for path in sorted(gone) if tree.has(path)}, **migration, MAIN: main}


def refuse_edited(tree: Tree, feature: Feature, files: Mapping[str, str], *, force: bool) -> None:
    if (changed := edited(tree, feature, files)) and not force:
        raise RefusedError(
            f"Changed by hand, so removed only with --force: {', '.join(changed)}. "
            f"Files that {FOLDER}/{feature.name}.toml lists as by_hand need no force."
        )


def edited(tree: Tree, feature: Feature, files: Mapping[str, str]) -> list[str]:
    """Return those that are not as generated, and not recorded as made by hand."""
    return [
        path
        for path, text in files.items()
        if path not in feature.files and (not tree.has(path) or tree.read(path) != text)
    ]


def can_forget_migration(tree: Tree, feature: Feature) -> bool:
    """Tell whether no database and no other migration builds on it."""
    if feature.revision is None or feature.revision != head_of(tree.root):
        return False
    return not is_applied(tree.root, feature.revision)


def drop_of(tree: Tree, feature: Feature, features: Features) -> dict[str, str]:
    path, revision = migration_path(now(), f"drop_{feature.plural}"), rev_id()
    head = head_of(tree.root)
    for created in migrations_of(tree, feature):
        title = f"drop {feature.plural}"
        text = undone(tree.read(created), title, revision=revision, down_revision=head)
        return formatted({path: text})
    if not feature.fields:
        return {}
    text = drop_migration(feature, features, revision=revision, down_revision=head)
    return tidied({path: text})


def migrations_of(tree: Tree, feature: Feature) -> list[str]:
    """Return the path of the one that makes the table, if that is still all there is."""
    paths = sorted(str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py"))
    line = f'\nrevision: str = "{feature.revision}"\n'
    return [path for path in paths if line in tree.read(path)]
