"""Random features, proven on both databases: ``SCAFFOLD_EXAMPLES=200`` of them, or none.

``SCAFFOLD_SEED`` makes other ones.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from sqlalchemy import URL, make_url

from scaffold.apply.gates import gates_for, prove
from scaffold.apply.plan import Plan, carry_out
from scaffold.apply.tree import Tree, changing
from scaffold.plans.add import to_add
from scaffold.plans.change import to_change
from scaffold.plans.remove import to_remove
from scaffold.spec.feature import Feature
from scaffold.spec.field_change import FieldChange
from scaffold.spec.parse import parse_field
from tests.databases import postgres_server, temporary_database
from workshop.generator.specs import trees
from workshop.generator.trees import Snapshot, copy_tree, snapshot

EXAMPLES = int(os.environ.get("SCAFFOLD_EXAMPLES", "0"))
SEED = int(os.environ.get("SCAFFOLD_SEED", "0"))
TOGETHER = 5
"""Features in one tree, so that they refer to each other, and the gates start less often."""

pytestmark = pytest.mark.skipif(not EXAMPLES, reason="set SCAFFOLD_EXAMPLES")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_tree(tmp_path_factory.mktemp("proof") / "tree")


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    with postgres_server() as url:
        yield url


def change(root: Path, make_plan: Callable[[Tree], Plan]) -> Plan:
    with changing(root) as tree:
        plan = make_plan(tree)
        carry_out(tree, plan)
    return plan


def add(root: Path, feature: Feature) -> Plan:
    return change(root, lambda tree: to_add(tree, feature))


def remove(root: Path, feature: Feature) -> Plan:
    return change(root, lambda tree: to_remove(tree, feature.name, force=False))


def changes(feature: Feature) -> Iterator[FieldChange]:
    first, last = feature.fields[0], feature.fields[-1]
    yield FieldChange(None, parse_field("added_at:datetime:optional"))
    yield FieldChange(None, parse_field("added_rank:int:ge=3"), backfill="5")
    yield FieldChange(first, replace(first, name="renamed"))
    if first is not last:
        yield FieldChange(last, None)


def amended(tree: Tree, feature: Feature, change: FieldChange) -> Plan:
    return to_change(tree, feature.name, lambda _: change)


def rows(root: Path, url: URL, steps: Sequence[object] = ()) -> None:
    address = url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "workshop.generator.rows", address, *map(str, steps)]
    subprocess.run(command, cwd=root, check=True)


def restore(root: Path, before: Snapshot) -> None:
    for path, facts in snapshot(root).items():
        if path not in before:
            (root / path).unlink()
        elif facts != before[path]:
            (root / path).write_bytes(before[path][0])
    for path in before.keys() - snapshot(root).keys():
        (root / path).write_bytes(before[path][0])


@seed(SEED)
@settings(
    max_examples=max(EXAMPLES // TOGETHER, 1),
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(features=trees(TOGETHER))
def test_random_features(root: Path, server: URL, features: list[Feature]) -> None:
    for feature in features:
        note(f"{feature.name} {' '.join(map(str, feature.fields))} {feature.unique} {feature.sort}")
    before = snapshot(root)
    try:
        check_that_nothing_remains(root, features)
        written = [path for feature in features for path in add(root, feature)]
        with TemporaryDirectory() as folder, temporary_database(server) as postgres:
            urls = [make_url(f"sqlite:///{folder}/rows.db"), postgres]
            for url in urls:
                rows(root, url)
            amendments = [*changes(features[-1])]
            for each in amendments:
                written += change(root, partial(amended, feature=features[-1], change=each))
            for url in urls:
                rows(root, url, [len(amendments)])
        prove(root, gates_for(sorted({*written}), postgres=True))
    finally:
        restore(root, before)


def check_that_nothing_remains(root: Path, features: Sequence[Feature]) -> None:
    before = []
    for feature in features:
        before.append(snapshot(root))
        add(root, feature)
    for feature in reversed(features):
        remove(root, feature)
        assert snapshot(root) == before.pop()
