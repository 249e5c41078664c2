"""Features of two branches that change what the others are made of."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection

from scaffold.migrate.alter import change_migration
from scaffold.migrate.create import create_migration, migration
from scaffold.migrate.meeting import met
from scaffold.spec.changes.feature import FeatureChange
from scaffold.spec.parse import parse_feature
from workshop.generator.conftest import Scaffold
from workshop.generator.migrated import described, run
from workshop.generator.test_links import link
from workshop.generator.test_merge import commit, git, merge
from workshop.generator.test_rows import ID, insert
from workshop.generator.trees import snapshot

TOPIC = ("add", "topic", "name:str:unique")
OWNED = ("feature", "change", "topic", "--owned")
ESSAY = ("add", "essay", "title:str", "topics:many")
REMARK = ("add", "remark", "topic:ref", "text:text")


type Commands = Sequence[Sequence[str]]


def branch(
    root: Path, scaffold: Scaffold, before: Commands, ours: Commands, theirs: Commands
) -> None:
    """Begin with some features, change them in two branches, and merge these."""
    git(root, "init", "--quiet", "--initial-branch=main")
    perform(root, scaffold, before)
    git(root, "branch", "other")
    perform(root, scaffold, ours)
    git(root, "switch", "--quiet", "other")
    perform(root, scaffold, theirs)
    git(root, "switch", "--quiet", "main")
    merge(root)


def perform(root: Path, scaffold: Scaffold, commands: Commands) -> None:
    for each in commands:
        done = scaffold(*each)
        assert done.code == 0, done.err
    commit(root, "change")


@pytest.mark.filterwarnings("always")
def test_features_that_do_not_go_together_are_refused_by_name(
    root: Path, scaffold: Scaffold
) -> None:
    branch(root, scaffold, [TOPIC], [ESSAY, REMARK], [OWNED])
    before = snapshot(root)

    refused = scaffold("merge")

    assert refused.code == 2
    assert "essay: topic belongs to users" in refused.err
    assert "git merge --abort" in refused.err
    assert snapshot(root) == before
    assert "essay: topic belongs to users" in scaffold("list").err
    assert "remark: topic belongs to users" in scaffold("list").err


def test_feature_that_should_be_owned_can_become_so() -> None:
    features = {
        "user": parse_feature("user", ["email:email:unique"]),
        "topic": parse_feature("topic", ["name:str"], owned=True),
        "remark": parse_feature("remark", ["topic:ref", "others:many:topic"]),
    }
    owned = FeatureChange(owned=True)

    (written,) = change_migration(features["remark"], owned, features, "a").values()

    assert '["topic_id","owner_id"],["id","owner_id"]' in "".join(written.split())


def add_remark(connection: Connection, key: str = f"{ID}3", **keys: str) -> None:
    with connection.begin():
        values = {name: ID + letter for name, letter in keys.items()}
        insert(connection, "remarks", key, text="x", **values)


LINK = partial(link, table="remark_others", remark_id="2", owner_id="a")


@pytest.mark.parametrize(
    ("table", "add_stranger"),
    [
        ("remarks", partial(add_remark, topic_id="1", owner_id="a")),
        ("remark_others", partial(LINK, other_id="1")),
    ],
)
def test_rows_follow_unless_they_lead_to_another_owners(
    connection: Connection, table: str, add_stranger: Callable[[Connection], None]
) -> None:
    user = parse_feature("user", ["email:email:unique"])
    topic, tokens = parse_feature("topic", ["name:str"]), ["topic:ref", "text:text"]
    remark = parse_feature("remark", [*tokens, "others:many:topic"], owned=True)
    before = {"user": user, "topic": topic, "remark": remark}
    after = {**before, "topic": replace(topic, owned=True)}
    made = [after["user"], after["topic"], before["remark"]]
    for each in made:
        run(connection, create_migration(each, before))
    with connection.begin():
        for letter in "ab":
            insert(connection, "users", ID + letter, email=f"{letter}@example.org")
        for number, owner in enumerate("ab"):
            insert(connection, "topics", f"{ID}{number}", name="t", owner_id=ID + owner)
    add_remark(connection, f"{ID}2", topic_id="0", owner_id="a")
    LINK(connection, other_id="0")
    up, down = met(["remark"], before, after), met(["remark"], after, before)
    code = migration("meet", "c", ("a", "b"), up, down)
    known = [described(connection, each) for each in ("remarks", "remark_others")]
    run(connection, code)
    run(connection, code, "downgrade")
    assert [described(connection, each) for each in ("remarks", "remark_others")] == known
    add_stranger(connection)

    with pytest.raises(
        CommandError, match=f"Rows of {table} that would refer to none of topics: 1"
    ):
        run(connection, code)


@pytest.mark.parametrize(
    ("before", "ours", "theirs", "tests"),
    [
        (
            [TOPIC],
            [ESSAY],
            [("field", "add", "topic", "above:ref:topic:optional:include")],
            ["essays", "topics"],
        ),
        (
            [("add", "team", "name:str"), ("add", "player", "name:str")],
            [("field", "add", "player", "team:ref:optional")],
            [("field", "add", "team", "captain:ref:player:optional")],
            ["teams", "players"],
        ),
        ([TOPIC], [("job", "print_it", "topic:ref")], [OWNED], ["print_it", "topics"]),
        (
            [TOPIC],
            [(*ESSAY, "--owned"), (*REMARK, "--owned")],
            [OWNED],
            ["essays", "remarks", "topics"],
        ),
    ],
    ids=["an include", "a circle", "an owner for jobs", "an owner for rows"],
)
def test_files_follow_what_the_other_branch_has_changed(
    root: Path,
    scaffold: Scaffold,
    before: Commands,
    ours: Commands,
    theirs: Commands,
    tests: Sequence[str],
    pytestconfig: pytest.Config,
) -> None:
    branch(root, scaffold, before, ours, theirs)

    done = scaffold("merge")

    assert done.code == 0, done.err
    commit(root, "merge")
    assert "Nothing to change" in scaffold("merge").out
    listed = scaffold("list")
    assert listed.err == ""
    assert "changed by hand" not in listed.out
    paths = [f"tests/integration/test_{name}.py" for name in tests]
    paths.append("tests/unit/test_rolling_migrations.py")
    options = ["--postgres"] if pytestconfig.getoption("--postgres") else []
    proofs = (["scaffold.migrate.try_out"], ["pytest", "-q", *paths])
    for module in (["mypy", *paths], *([*each, *options] for each in proofs)):
        subprocess.run([sys.executable, "-m", *module], cwd=root, check=True)
