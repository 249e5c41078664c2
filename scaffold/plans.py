"""What a command changes: for each file its new text, or None if it goes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from alembic.util import rev_id

from scaffold.errors import RefusedError
from scaffold.fit import check_among
from scaffold.history import head_of, is_applied
from scaffold.migrations import drop_migration, migration_path
from scaffold.register import DEPENDENCIES, MAIN, MODELS, register, unregister
from scaffold.render import files_of, formatted
from scaffold.spec import Feature, load_features, referring
from scaffold.tree import Tree

VERSIONS = "alembic/versions/"

type Plan = dict[str, str | None]
type Features = Mapping[str, Feature]


def to_add(tree: Tree, feature: Feature) -> Plan:
    features = load_features(tree.root)
    if existing := features.get(feature.name):
        refuse_difference(without_migration(existing), feature)
        return {}
    check_among(feature, features)
    feature = replace(feature, revision=rev_id(), down_revision=head_of(tree.root), created=now())
    files = files_of(feature, {**features, feature.name: feature})
    if taken := [path for path in files if tree.has(path)]:
        raise RefusedError(f"Somebody else's files are in the way: {', '.join(taken)}.")
    return {**files, **register(registrations(tree), feature.name, feature.plural)}


def to_remove(tree: Tree, name: str, *, force: bool) -> Plan:
    features = load_features(tree.root)
    feature = named(name, features)
    if names := referring(name, features):
        raise RefusedError(f"Other features refer to {name}: {', '.join(names)}.")
    files = files_of(feature, features)
    migration: dict[str, str] = {}
    if not can_forget_migration(tree, feature):
        migration = drop_of(tree, feature, features)
        files = without_migrations(files)
    changed = edited(tree, files)
    if changed and not force:
        raise RefusedError(f"Changed by hand, so removed only with --force: {', '.join(changed)}.")
    registered = unregister(registrations(tree), name, feature.plural)
    return {**{path: None for path in files if tree.has(path)}, **migration, **registered}


def edited(tree: Tree, files: Mapping[str, str]) -> list[str]:
    """Those that are not as they were generated."""
    return [path for path, text in files.items() if not tree.has(path) or tree.read(path) != text]


def named(name: str, features: Features) -> Feature:
    if name not in features:
        close = get_close_matches(name, features, n=1)
        known = f"did you mean {close[0]}?" if close else f"there is {', '.join(features)}."
        raise RefusedError(f"There is no feature {name}; {known}")
    return features[name]


def refuse_difference(existing: Feature, asked: Feature) -> None:
    if existing == asked:
        return
    here, there = ([*map(str, each.fields)] for each in (existing, asked))
    lines = [f"  is    {field}" for field in here if field not in there]
    lines += [f"  asked {field}" for field in there if field not in here]
    change = f"Change it with: field add, rename, change or drop {existing.name} ..."
    raise RefusedError(
        "\n".join([f"{existing.name} is there already, and differs:", *lines, change])
    )


def can_forget_migration(tree: Tree, feature: Feature) -> bool:
    """Whether no database and no other migration builds on it."""
    if feature.revision is None or feature.revision != head_of(tree.root):
        return False
    return not is_applied(tree.root, feature.revision)


def drop_of(tree: Tree, feature: Feature, features: Features) -> dict[str, str]:
    path = migration_path(now(), f"drop_{feature.plural}")
    head = head_of(tree.root)
    text = drop_migration(feature, features, revision=rev_id(), down_revision=head)
    return formatted({path: text})


def without_migrations(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(VERSIONS)}


def without_migration(feature: Feature) -> Feature:
    return replace(feature, revision=None, down_revision=None, created=None)


def registrations(tree: Tree) -> dict[str, str]:
    return {path: tree.read(path) for path in (MAIN, MODELS, DEPENDENCIES)}


def now() -> datetime:
    return datetime.now().replace(microsecond=0)
