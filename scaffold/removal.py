"""What goes with a feature."""

from collections.abc import Iterable, Mapping

from alembic.util import rev_id

from scaffold.errors import RefusedError
from scaffold.history import head_of, is_applied
from scaffold.migrations import drop_migration, migration_path, undone
from scaffold.plans import (
    VERSIONS,
    Features,
    Plan,
    access_in,
    named,
    now,
    registrations,
    without_migrations,
)
from scaffold.records import FOLDER, load_features
from scaffold.register import unregister
from scaffold.render import files_of, formatted
from scaffold.spec import Feature, needing
from scaffold.tree import Tree


def to_remove(tree: Tree, name: str, *, force: bool) -> Plan:
    features = load_features(tree.root)
    feature = named(name, features)
    if name in access_in(features):
        raise RefusedError(
            f"{name} is part of who may do what, which goes as a whole: blank --without-access."
        )
    if names := needing(name, features):
        raise RefusedError(f"Other features need {name}: {', '.join(names)}.")
    files = files_of(feature, features)
    migration: dict[str, str] = {}
    gone = set(migrations_of(tree, feature))
    if not can_forget_migration(tree, feature):
        migration, gone = drop_of(tree, feature, features), set()
        files = without_migrations(files)
    refuse_edited(tree, feature, files, force=force)
    gone |= {*files, *own_files(feature, features.values())}
    registered = unregister(registrations(tree), name, feature.plural)
    return {**{path: None for path in sorted(gone) if tree.has(path)}, **migration, **registered}


def own_files(feature: Feature, features: Iterable[Feature]) -> set[str]:
    """Those by hand, but for what others of these features have, too."""
    others = (each.by_hand for each in features if each.name != feature.name)
    return set(feature.by_hand).difference(*others)


def refuse_edited(tree: Tree, feature: Feature, files: Mapping[str, str], *, force: bool) -> None:
    if (changed := edited(tree, feature, files)) and not force:
        raise RefusedError(
            f"Changed by hand, so removed only with --force: {', '.join(changed)}. "
            f"What {FOLDER}/{feature.name}.toml lists as by_hand goes without."
        )


def edited(tree: Tree, feature: Feature, files: Mapping[str, str]) -> list[str]:
    """Those that are not as they were generated, and not recorded as made by hand."""
    return [
        path
        for path, text in files.items()
        if path not in feature.by_hand and (not tree.has(path) or tree.read(path) != text)
    ]


def can_forget_migration(tree: Tree, feature: Feature) -> bool:
    """Whether no database and no other migration builds on it."""
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
    return formatted({path: text})


def migrations_of(tree: Tree, feature: Feature) -> list[str]:
    """The one that makes the table, if that is still all there is."""
    paths = sorted(str(each.relative_to(tree.root)) for each in tree.root.glob(f"{VERSIONS}*.py"))
    line = f'\nrevision: str = "{feature.revision}"\n'
    return [path for path in paths if line in tree.read(path)]
