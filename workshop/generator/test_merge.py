"""Two branches that each add a feature become one by `git merge` and one command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect, make_url

from scaffold.edit.registration import MAIN, register, registered, unregister
from scaffold.plans.settle import settled
from tests.databases import environment_of
from workshop.generator.conftest import Scaffold
from workshop.generator.trees import snapshot

AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
FEATURES = {"main": ("customer", "name:str:unique"), "other": ("voucher", "code:str:unique")}


def git(root: Path, *arguments: str, check: bool = True) -> str:
    command = ["git", *AUTHOR, *arguments]
    return subprocess.run(
        command, cwd=root, check=check, capture_output=True, encoding="utf-8"
    ).stdout


def commit(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


@pytest.fixture
def branches(root: Path, scaffold: Scaffold) -> Path:
    """A repository in the middle of a merge."""
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "begin")
    git(root, "branch", "other")
    for branch, feature in FEATURES.items():
        git(root, "switch", "--quiet", branch)
        assert scaffold("add", *feature).code == 0
        commit(root, f"add {feature[0]}")
    git(root, "switch", "--quiet", "main")
    return root


def merge(root: Path) -> list[str]:
    """Return the files with conflicts."""
    git(root, "merge", "--quiet", "other", check=False)
    return git(root, "diff", "--name-only", "--diff-filter=U").splitlines()


def parents_of_head(root: Path) -> set[str]:
    """Return the titles of the migrations that the head joins."""
    scripts = ScriptDirectory(str(root / "alembic"))
    parents = scripts.get_revision("head").down_revision
    assert isinstance(parents, tuple)
    return {scripts.get_revision(each).doc for each in parents}


def test_two_features_are_merged_and_their_tests_pass(branches: Path, scaffold: Scaffold) -> None:
    assert merge(branches) == [MAIN]

    done = scaffold("merge")

    assert done.code == 0
    assert not re.search(r"^[<=>]{7}", (branches / MAIN).read_text(encoding="utf-8"), re.MULTILINE)
    assert git(branches, "diff", "--name-only", "--diff-filter=U") == ""
    assert git(branches, "diff", "--name-only") == ""
    assert registered((branches / MAIN).read_text(encoding="utf-8"))[-2:] == [
        "customers",
        "vouchers",
    ]
    assert parents_of_head(branches) == {"create vouchers", "create customers"}
    commit(branches, "merge")
    assert scaffold("list").code == 0
    assert "Nothing to change" in scaffold("merge").out
    tests = [f"tests/integration/test_{name}.py" for name in ("customers", "vouchers", "migration")]
    subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=branches, check=True)


def test_merge_without_conflicts_ends_with_a_commit(root: Path, scaffold: Scaffold) -> None:
    git(root, "init", "--quiet", "--initial-branch=main")
    commit(root, "begin")
    git(root, "branch", "other")
    assert scaffold("field", "add", "project", "color:str:optional").code == 0
    commit(root, "add color")
    git(root, "switch", "--quiet", "other")
    assert scaffold("add", *FEATURES["other"]).code == 0
    commit(root, "add voucher")
    git(root, "switch", "--quiet", "main")
    assert merge(root) == []

    assert scaffold("merge").code == 0
    git(root, "commit", "--quiet", "--message", "join")

    assert git(root, "status", "--porcelain") == ""


def test_generated_files_are_still_the_generators_own(branches: Path, scaffold: Scaffold) -> None:
    merge(branches)

    scaffold("merge")

    listed = scaffold("list").out
    assert "changed by hand" not in listed.split("customer (customers)")[1].split("deployment")[0]


@pytest.mark.parametrize("branch", ["main", "other"])
def test_database_of_either_branch_follows(branches: Path, scaffold: Scaffold, branch: str) -> None:
    git(branches, "switch", "--quiet", branch)
    url = make_url(f"sqlite:///{branches}/work.db")
    with environment_of(url):
        command.upgrade(Config(f"{branches}/alembic.ini"), "head")
        git(branches, "switch", "--quiet", "main")
        merge(branches)
        assert scaffold("merge").code == 0

        command.upgrade(Config(f"{branches}/alembic.ini"), "head")

    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool)
    tables = inspect(engine).get_table_names()
    assert {"customers", "vouchers"} <= {*tables}


def test_lines_of_both_sides_by_hand_stay(branches: Path, scaffold: Scaffold) -> None:
    main = branches / MAIN
    main.write_text(f'"""Ours."""\n\n{main.read_text(encoding="utf-8")}', encoding="utf-8")
    commit(branches, "ours")
    git(branches, "switch", "--quiet", "other")
    main.write_text(f"{main.read_text(encoding='utf-8')}\n\nTHEIRS = 1\n", encoding="utf-8")
    commit(branches, "theirs")
    git(branches, "switch", "--quiet", "main")
    merge(branches)

    assert scaffold("merge").code == 0

    assert main.read_text(encoding="utf-8").startswith('"""Ours."""')
    assert main.read_text(encoding="utf-8").endswith("THEIRS = 1\n")
    assert registered(main.read_text(encoding="utf-8"))[-2:] == ["customers", "vouchers"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (MAIN, "src/main.py: a person has changed the same lines"),
        ("README.md", "Settle the conflicts in README.md first"),
    ],
)
def test_conflicts_by_hand_are_left_to_the_person(
    branches: Path, scaffold: Scaffold, path: str, message: str
) -> None:
    for branch in ("main", "other"):
        git(branches, "switch", "--quiet", branch)
        file = branches / path
        file.write_text(f"# {branch}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
        commit(branches, branch)
    git(branches, "switch", "--quiet", "main")
    merge(branches)
    before = snapshot(branches)

    refused = scaffold("merge")

    assert refused.code == 2
    assert message in refused.err
    assert snapshot(branches) == before


def test_feature_that_one_branch_removed_is_gone() -> None:
    base = Path(MAIN).read_text(encoding="utf-8")
    base = register(base, "samples")
    ours = register(base, "customers")
    theirs = register(unregister(base, "samples"), "vouchers")

    names = registered(settled(base, ours, theirs))

    assert names[-2:] == ["customers", "vouchers"]
    assert "samples" not in names


def test_tree_outside_of_git_is_named(scaffold: Scaffold) -> None:
    refused = scaffold("merge")

    assert refused.code == 2
    assert "Git has no commit of this tree: git init, git add --all, git commit." in refused.err
