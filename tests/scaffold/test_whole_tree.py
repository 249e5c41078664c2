"""Commands that concern the whole tree."""

from pathlib import Path

from scaffold.blank import without_tour_of
from scaffold.spec import load_features
from tests.scaffold.conftest import Scaffold
from tests.scaffold.trees import snapshot


def test_blank_tree_has_no_feature_and_one_migration(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", "customer", "name:str:unique")
    scaffold("add", "invoice", "customer:ref")

    blank = scaffold("blank")

    (migration,) = (root / "alembic/versions").glob("*.py")
    assert blank.code == 0
    assert load_features(root) == {}
    assert "down_revision: str | Sequence[str] | None = None" in migration.read_text()
    assert 'create_table(\n        "idempotent_answers"' in migration.read_text()
    assert "customers" not in migration.read_text()
    assert scaffold("add", "customer", "name:str:unique").code == 0


def test_tour_of_a_blank_tree_leads_to_what_exists() -> None:
    tour = "  models/base.py      Entity\n  models/paper.py     papers\n  health.py, papers.py: handlers\n"

    rest = without_tour_of(["src/models/paper.py", "src/api/routes/papers.py"], tour)

    assert rest == "  models/base.py      Entity\n  health.py: handlers\n"


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
