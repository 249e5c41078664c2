"""A new feature."""

from dataclasses import replace

from alembic.util import rev_id

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.edit.registration import MAIN, register
from scaffold.errors import RefusedError
from scaffold.migrate.create import now
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
        refuse_difference(existing, feature)
        return {}
    check_among(feature, features)
    feature = replace(feature, revision=rev_id(), down_revision=head_of(tree.root), created=now())
    files = files_of(feature, {**features, feature.name: feature})
    if taken := [path for path in files if tree.has(path)]:
        raise RefusedError(f"Other files are in the way: {', '.join(taken)}.")
    return {**files, MAIN: register(tree.read(MAIN), feature.plural)}


def refuse_difference(existing: Feature, asked: Feature) -> None:
    if existing.unmade() == asked:
        return
    here, there = ([*map(str, each.fields)] for each in (existing, asked))
    lines = [f"  is    {field}" for field in here if field not in there]
    lines += [f"  asked {field}" for field in there if field not in here]
    change = f"Change it with: field add, rename, change or drop {existing.name} ..."
    raise RefusedError(
        "\n".join([f"{existing.name} is there already, and differs:", *lines, change])
    )
