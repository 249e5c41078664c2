"""A new feature."""

import re
from collections.abc import Iterator
from dataclasses import replace

from scaffold.apply.plan import Plan
from scaffold.apply.tree import Tree
from scaffold.errors import RefusedError, refuse_first
from scaffold.spec.checks.feature import check_among
from scaffold.spec.feature import Feature
from scaffold.spec.job import RECORD, Job
from scaffold.spec.records import load_features
from scaffold.spec.sink import Sink


def to_add(tree: Tree, feature: Feature) -> Plan:
    features = load_features(tree.root)
    if any(name in features and features[name].owned for name in feature.targets):
        feature = replace(feature, owned=True)
    if existing := features.get(feature.name):
        refuse_difference(existing, feature)
        return {}
    if isinstance(feature, Job) and not tree.has(RECORD):
        raise RefusedError("This service has no jobs. Bring them back with: update --with jobs")
    check_among(feature, features)
    refuse_first(names_taken(tree, feature))
    if taken := [path for path in feature.code_paths if tree.has(path)]:
        way = "Choose another name, or another --plural."
        raise RefusedError(f"Other files are in the way: {', '.join(taken)}. {way}")
    from scaffold.plans.collisions import inherited  # imports the models

    refuse_first(inherited(feature))
    from scaffold.plans.create import to_create  # imports Alembic

    return to_create(tree, feature, features)


def names_taken(tree: Tree, feature: Feature) -> Iterator[str]:
    """Yield what has the name already: a capability, modules with a kind, or a route of its path."""
    if tree.has(f"scaffold/capabilities/{feature.name}.toml"):
        yield f"{feature.name} is a capability: choose another name"
    places = {"src/api/routes": rf'[(=]"/{feature.path}"'} if feature.has_routes else {}
    if isinstance(feature, Job):
        places["src/jobs/kinds"] = rf'\bKind\(\s*"{feature.path}"'
    for folder, pattern in places.items():
        for path in sorted((tree.root / folder).glob("*.py")):
            name = f"{folder}/{path.name}"
            if re.search(pattern, tree.read(name)):
                yield f"{name} has {feature.path} already: choose another name"


def refuse_difference(existing: Feature, asked: Feature) -> None:
    if replace(existing.unmade(), default=asked.default) == asked:
        return
    if isinstance(existing, Job | Sink) or isinstance(asked, Job | Sink):
        raise RefusedError(
            f"{existing.name} is there already, and differs. Change its files by hand, or remove it."
        )
    here, there = existing.tokens, asked.tokens
    lines = [f"  is    {field}" for field in here if field not in there]
    lines += [f"  asked {field}" for field in there if field not in here]
    change = f"Change it with: field add, rename, change or drop {existing.name} ..."
    raise RefusedError(
        "\n".join([f"{existing.name} is there already, and differs:", *lines, change])
    )
