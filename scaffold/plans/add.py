"""A new feature."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, register
from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS
from scaffold.migrate.history import head_of
from scaffold.plans.files import files_of
from scaffold.spec.check_feature import check_among
from scaffold.spec.feature import Feature
from scaffold.spec.records import load_features


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
        raise RefusedError(f"Other files are in the way: {', '.join(taken)}.")
    return {**files, MAIN: register(tree.read(MAIN), feature.plural)}


def named(name: str, features: Mapping[str, Feature]) -> Feature:
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


def now() -> datetime:
    return datetime.now().replace(microsecond=0)
