"""What a command changes: for each file its new text, or None if it goes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from alembic.util import rev_id

from scaffold.errors import RefusedError
from scaffold.fit import check_among
from scaffold.history import head_of
from scaffold.records import load_features
from scaffold.register import DEPENDENCIES, MAIN, MODELS, register
from scaffold.render import files_of
from scaffold.spec import Feature
from scaffold.tree import Tree

VERSIONS = "alembic/versions/"

type Plan = dict[str, str | None]
type Features = Mapping[str, Feature]


def to_add(tree: Tree, feature: Feature) -> Plan:
    features = load_features(tree.root)
    if any(field.target in features and features[field.target].owned for field in feature.refs):
        feature = replace(feature, owned=True)
    if existing := features.get(feature.name):
        refuse_difference(without_migration(existing), feature)
        return {}
    check_among(feature, features)
    feature = replace(feature, revision=rev_id(), down_revision=head_of(tree.root), created=now())
    files = files_of(feature, {**features, feature.name: feature})
    if taken := [path for path in files if tree.has(path)]:
        raise RefusedError(f"Somebody else's files are in the way: {', '.join(taken)}.")
    registered = register(registrations(tree), feature.name, feature.plural, owned=feature.owned)
    return {**files, **registered}


def access_in(features: Features) -> set[str]:
    """Those that are no examples, but who may do what."""
    access = features.get("access")
    return {access.name, *access.needs} if access else set()


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


def without_migrations(files: Mapping[str, str]) -> dict[str, str]:
    return {path: text for path, text in files.items() if not path.startswith(VERSIONS)}


def without_migration(feature: Feature) -> Feature:
    return replace(feature, revision=None, down_revision=None, created=None)


def registrations(tree: Tree) -> dict[str, str]:
    return {path: tree.read(path) for path in (MAIN, MODELS, DEPENDENCIES)}


def now() -> datetime:
    return datetime.now().replace(microsecond=0)
