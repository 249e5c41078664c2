"""Random features and jobs, proven on both databases: ``SCAFFOLD_EXAMPLES=200`` of them, or none.

``SCAFFOLD_SEED`` makes other ones.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
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
from scaffold.spec.changes.feature import Change, FeatureChange
from scaffold.spec.changes.field import FieldChange
from scaffold.spec.changes.link import LinkChange
from scaffold.spec.feature import Feature
from scaffold.spec.job import Job
from scaffold.spec.link import Link
from scaffold.spec.parse import parse_field
from scaffold.update.migrations import versions_in
from tests.databases import postgres_server, temporary_database
from workshop.generator.specs import trees_with_a_job
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


RANKS = [
    parse_field(f"added_rank:{kind}")
    for kind in (
        *("int:ge=3", "int:ge=4:le=9", "decimal:8,2", "decimal:9,4:ge=5"),
        *("float", "bigint", "int64", "int"),
    )
]


def changes(feature: Feature) -> Iterator[Change]:
    other = [
        replace(each, include=not each.include) if each.kind == "ref" else each
        for each in feature.fields
    ]
    pairs = zip(feature.fields, other, strict=True)
    yield from (FieldChange(*pair) for pair in pairs if pair[0] != pair[1])
    first, last = other[0], other[-1]
    yield FieldChange(None, parse_field("added_at:datetime:optional"))
    yield FieldChange(None, RANKS[0], backfill="5")
    yield from (FieldChange(*pair) for pair in pairwise(RANKS))
    yield FieldChange(None, parse_field("added_code:str:search"), backfill="a")
    yield FieldChange(parse_field("added_code:str:search"), parse_field("added_code:str"))
    yield FieldChange(parse_field("added_code:str"), parse_field("added_code:enum:a,b"))
    marks = parse_field("added_mark:str:unique:max=40")
    yield FieldChange(None, marks, expression="'m-' || cast(id as varchar(36))")
    yield FeatureChange(unique=[["added_rank", "added_at"]], checks=["added_rank > 2"])
    yield LinkChange(None, Link("added_links", feature.name))
    yield LinkChange(Link("added_links", feature.name), Link("added_two", feature.name))
    yield LinkChange(Link("added_two", feature.name), Link("added_two", feature.name, include=True))
    yield FieldChange(first, replace(first, name="renamed"))
    if first is not last:
        yield FieldChange(last, None)
    for link in feature.links[:1]:
        yield LinkChange(link, None)


def mutual(feature: Feature, features: Sequence[Feature]) -> Iterator[tuple[str, Change]]:
    """Yield a change by which a feature refers to this one, which refers to it."""
    targets = {field.target for field in feature.refs if field.target != feature.name}
    for other in features:
        if other.name in targets and other.owned >= feature.owned:
            yield (
                other.name,
                FieldChange(None, parse_field(f"back:ref:{feature.name}:optional:include")),
            )


def amended(tree: Tree, name: str, change: Change) -> Plan:
    return to_change(tree, name, lambda _: change)


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
@given(drawn=trees_with_a_job(TOGETHER))
def test_random_features(root: Path, server: URL, drawn: tuple[list[Feature], Job]) -> None:
    features, job = drawn
    everything = [*features, job]
    for feature in everything:
        note(f"{feature.name} {' '.join(feature.tokens)} {feature.unique} {feature.sort}")
    before = snapshot(root)
    try:
        check_that_nothing_remains(root, everything)
        written = [path for feature in everything for path in add(root, feature)]
        with TemporaryDirectory() as folder, temporary_database(server) as postgres:
            urls = [make_url(f"sqlite:///{folder}/rows.db"), postgres]
            for url in urls:
                rows(root, url)
            last, known = features[-1], versions_in(root)
            amendments = [*mutual(last, features), *((last.name, each) for each in changes(last))]
            for name, each in amendments:
                written += change(root, partial(amended, name=name, change=each))
            for url in urls:
                rows(root, url, [len(versions_in(root) - known)])
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
