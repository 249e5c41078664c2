"""Commands that concern the whole tree."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scaffold.blank import EXAMPLE, without_examples
from scaffold.errors import RefusedError
from scaffold.plans import VERSIONS, access_in
from scaffold.records import load_features
from tests.scaffold.conftest import Scaffold
from tests.scaffold.trees import WITH_ACCESS, Snapshot, snapshot


def test_blank_tree_has_no_feature_and_one_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", "customer", "name:str:unique")
    scaffold("add", "invoice", "customer:ref")

    blank = scaffold("blank")

    (migration,) = (root / "alembic/versions").glob("*.py")
    assert blank.code == 0
    assert load_features(root).keys() == access_in(load_features(Path()))
    assert "down_revision: str | Sequence[str] | None = None" in migration.read_text()
    assert 'create_table(\n        "idempotent_answers"' in migration.read_text()
    assert "customers" not in migration.read_text()
    assert scaffold("add", "customer", "name:str:unique").code == 0


@WITH_ACCESS
def test_access_is_left_out_at_once_or_later_but_only_once(
    root: Path, scaffold: Scaffold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Path(shutil.copytree(root, tmp_path / "other"))
    scaffold("blank")
    scaffold("add", "note", "body:text")
    later = scaffold("blank", "--without-access")

    monkeypatch.chdir(other)
    # In a repository, Git would leave out what is not named from its top.
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    at_once = scaffold("blank", "--without-access")
    again = scaffold("blank", "--without-access")

    assert (later.code, at_once.code, again.code) == (0, 0, 0)
    assert "make lock" in at_once.out.splitlines()[-1]
    assert "It is so already" in again.out
    assert load_features(other) == {}
    assert but_for_migrations(snapshot(other)) == but_for_migrations(snapshot(root))


def but_for_migrations(tree: Snapshot) -> Snapshot:
    """Which have another name and revision each time."""
    return {path: facts for path, facts in tree.items() if not path.startswith(VERSIONS)}


@WITH_ACCESS
def test_lines_of_access_that_a_person_has_changed_are_named(
    root: Path, scaffold: Scaffold
) -> None:
    (root / "docs/architecture.md").unlink()  # which is no hindrance
    for path in (root / "README.md", root / "src/core/safety.py"):
        path.write_text(path.read_text().replace("AUTH_REQUIRED", "AUTH_NEEDED"))
    before = snapshot(root)

    refused = scaffold("blank", "--without-access")

    assert refused.code == 2
    assert "who may do what: README.md, src/core/safety.py. Put back" in refused.err
    assert snapshot(root) == before


@WITH_ACCESS
@pytest.mark.parametrize("name", ["access", "user"])
def test_access_goes_only_as_a_whole(root: Path, scaffold: Scaffold, name: str) -> None:
    before = snapshot(root)

    refused = scaffold("remove", name)

    assert refused.code == 2
    assert "blank --without-access" in refused.err
    assert snapshot(root) == before


def test_examples_give_way_to_what_is_for_a_blank_tree() -> None:
    with_instead = f"{EXAMPLE}\npapers\n<!-- in a blank tree:\nbooks\n-->\n"
    without = f"{EXAMPLE}\nmore papers\n\n<!-- in a blank tree: -->\n"

    assert without_examples(f"a\n{with_instead}b\n\n{without}c\n") == "a\nbooks\nb\n\nc\n"


@pytest.mark.parametrize(
    "page",
    [
        f"{EXAMPLE}\npapers\n",
        f"{EXAMPLE}\npapers\n{EXAMPLE}\nmore\n<!-- in a blank tree: -->\n",
        "papers\n<!-- in a blank tree: -->\n",
    ],
)
def test_example_of_which_a_mark_is_missing_is_refused(page: str) -> None:
    with pytest.raises(RefusedError, match=r"README\.md: let each"):
        without_examples(page)


def test_project_is_renamed_everywhere_and_back(root: Path, scaffold: Scaffold) -> None:
    scaffold("rename", "First name")
    first = snapshot(root)

    scaffold("rename", "Second")
    second = snapshot(root)
    scaffold("rename", "First name")

    changed = {path for path in first if first[path] != second[path]}
    assert changed == {"README.md", "pyproject.toml", "requirements.txt", "src/core/config.py"}
    assert b'name = "first-name"' in first["pyproject.toml"][0]
    assert b"first-name (pyproject.toml)" in first["requirements.txt"][0]
    assert b'app_name: str = "First name"' in first["src/core/config.py"][0]
    assert snapshot(root) == first
