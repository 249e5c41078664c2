"""Commands that concern the whole tree."""

from pathlib import Path

import pytest

from scaffold.blank import EXAMPLE, without_examples
from scaffold.errors import RefusedError
from scaffold.records import load_features
from tests.scaffold.conftest import Scaffold
from tests.scaffold.trees import snapshot


def test_blank_tree_has_no_feature_and_one_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", "customer", "name:str:unique")
    scaffold("add", "invoice", "customer:ref")

    blank = scaffold("blank")

    (migration,) = (root / "alembic/versions").glob("*.py")
    assert blank.code == 0
    assert [*load_features(root)] == ["user"]
    assert "down_revision: str | Sequence[str] | None = None" in migration.read_text()
    assert 'create_table(\n        "idempotent_answers"' in migration.read_text()
    assert "customers" not in migration.read_text()
    assert scaffold("add", "customer", "name:str:unique").code == 0


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
