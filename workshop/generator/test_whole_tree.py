"""Commands that concern the whole tree."""

from pathlib import Path

import pytest

from scaffold.apply.run import Mode
from scaffold.apply.tree import Tree
from scaffold.commands.whole import gates_of_blank
from scaffold.migrate.create import VERSIONS
from scaffold.spec.parts import load_capabilities, load_parts
from scaffold.spec.records import load_features
from workshop.generator.conftest import Scaffold
from workshop.generator.test_merge import commit, git
from workshop.generator.trees import Snapshot, snapshot

CAPABILITIES = load_capabilities(Path())
DEFAULT = {name for name, each in CAPABILITIES.items() if each.default}


def test_blank_tree_has_no_example_and_one_migration(root: Path, scaffold: Scaffold) -> None:
    blank = scaffold("blank")

    (migration,) = (root / VERSIONS).glob("*.py")
    assert blank.code == 0
    assert load_parts(root).keys() <= DEFAULT | {"user"}
    assert load_capabilities(root).keys() == DEFAULT
    assert "down_revision: str | Sequence[str] | None = None" in migration.read_text(
        encoding="utf-8"
    )
    assert 'create_table(\n        "idempotent_answers"' in migration.read_text(encoding="utf-8")
    for shared in ("Makefile", ".env.example", "pyproject.toml"):
        assert "\n\n\n" not in (root / shared).read_text(encoding="utf-8")
    assert scaffold("add", "customer", "name:str:unique").code == 0


def test_features_of_ones_own_stay_with_what_they_refer_to(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", "customer", "name:str:unique")
    scaffold("add", "invoice", "customer:ref", "project:ref", "--owned")
    (root / "src/services/customer.py").write_text("# Mine\n", encoding="utf-8")

    blank = scaffold("blank", "--without", "metrics")

    (migration,) = (root / VERSIONS).glob("*.py")
    assert blank.code == 0
    assert load_features(root).keys() == {"customer", "document", "invoice", "project", "user"}
    assert '"customers"' in migration.read_text(encoding="utf-8")
    assert (root / "src/services/customer.py").read_text(encoding="utf-8") == "# Mine\n"
    refused = scaffold("blank", "--without", "access")
    assert "invoice needs access" in refused.err or "project needs access" in refused.err


def test_blank_deletes_nothing_that_git_has_not_seen(root: Path, scaffold: Scaffold) -> None:
    git(root, "init", "--quiet")
    commit(root, "begin")
    (root / "workshop/notes.md").write_text("Mine.\n", encoding="utf-8")
    (root / "src/services/lineage.py").write_text("# Mine\n", encoding="utf-8")
    before = snapshot(root)

    refused = scaffold("blank")

    assert refused.code == 2
    assert "Git has not seen src/services/lineage.py, workshop/notes.md." in refused.err
    assert snapshot(root) == before
    assert scaffold("blank", "--force").code == 0


def test_blank_tree_has_neither_workshop_nor_the_templates_readme(
    root: Path, scaffold: Scaffold
) -> None:
    (root / ".ci").mkdir(exist_ok=True)
    (root / ".ci/run").write_text("true\n", encoding="utf-8")

    scaffold("blank")
    readme = (root / "README.md").read_text(encoding="utf-8")
    (root / "README.md").write_text("# Mine\n", encoding="utf-8")
    again = scaffold("blank")

    assert not (root / "workshop").exists()
    assert not (root / ".ci").exists()
    assert readme == (root / "scaffold/blank/README.md").read_text(encoding="utf-8")
    assert "Nothing to change" in again.out
    assert (root / "README.md").read_text(encoding="utf-8") == "# Mine\n"


def test_capability_is_left_out_at_once_or_later(
    root: Path, scaffold: Scaffold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = copy_of(root, tmp_path / "other")
    scaffold("blank")
    later = scaffold("blank", "--without", "access")

    monkeypatch.chdir(other)
    at_once = scaffold("blank", "--without", "access")
    again = scaffold("blank", "--without", "access", "--dry-run")

    assert (later.code, at_once.code) == (0, 0)
    assert "There is no part access" in again.err
    assert load_features(other) == {}
    assert but_for_migrations(snapshot(other)) == but_for_migrations(snapshot(root))


def copy_of(root: Path, target: Path) -> Path:
    for path, (content, mode) in snapshot(root).items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
        (target / path).chmod(mode)
    return target


def but_for_migrations(tree: Snapshot) -> Snapshot:
    """Migrations have another name and revision each time."""
    return {path: facts for path, facts in tree.items() if not path.startswith(VERSIONS)}


@pytest.mark.parametrize("name", CAPABILITIES)
def test_capability_goes_without_a_trace(root: Path, scaffold: Scaffold, name: str) -> None:
    capability = CAPABILITIES[name]

    assert scaffold("blank", "--without", name).code == 0

    files = [*capability.all_files, capability.record]
    assert not [path for path in files if (root / path).exists()]
    for path, lines in capability.lines.items():
        assert not {*lines} & {*(root / path).read_text(encoding="utf-8").splitlines()}
    requirements = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert not [package for package in capability.packages if f'"{package}' in requirements]


@pytest.mark.parametrize("at_once", [True, False])
def test_tree_without_any_capability_has_an_empty_list(
    root: Path, scaffold: Scaffold, at_once: bool
) -> None:
    options = {each.record: ("--without", name) for name, each in CAPABILITIES.items()}
    if at_once:
        assert scaffold("blank", *sum(options.values(), ())).code == 0
    for record, words in options.items():
        if (root / record).exists():  # those that nobody asked for went with the first
            assert scaffold("blank", *words).code == 0

    assert "CAPABILITIES: tuple[Capability, ...] = ()\n" in (
        root / "src/capabilities.py"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CAPABILITIES)
def test_capability_that_is_still_needed_stays(root: Path, scaffold: Scaffold, name: str) -> None:
    (root / "scaffold/capabilities/reports.toml").write_text(
        f'name = "reports"\nneeds = ["{name}"]\n', encoding="utf-8"
    )
    before = snapshot(root)

    refused = scaffold("blank", "--without", name)

    assert refused.code == 2
    assert f"reports needs {name}" in refused.err
    assert snapshot(root) == before


@pytest.mark.parametrize("times", [0, 2])
@pytest.mark.parametrize("name", [name for name, each in CAPABILITIES.items() if each.lines])
def test_line_that_a_person_has_changed_is_named(
    root: Path, scaffold: Scaffold, name: str, times: int
) -> None:
    path, (*_, line) = next(iter(CAPABILITIES[name].lines.items()))
    text = (root / path).read_text(encoding="utf-8")
    (root / path).write_text(text.replace(f"{line}\n", times * f"{line}\n"), encoding="utf-8")
    before = snapshot(root)

    refused = scaffold("blank", "--without", name)

    assert refused.code == 2
    assert f"{path}: this line stands there {times} times" in refused.err
    assert line.strip() in refused.err
    assert snapshot(root) == before


def test_capability_is_blank_only_if_it_is_asked_for(root: Path, scaffold: Scaffold) -> None:
    record, file = root / "scaffold/capabilities/reports.toml", root / "src/reports.py"
    record.write_text(
        'name = "reports"\nfiles = ["src/reports.py"]\ndefault = false\n', encoding="utf-8"
    )
    file.write_text("", encoding="utf-8")

    scaffold("blank", "--with", "reports")
    kept = file.exists()
    scaffold("blank")

    assert kept
    assert not file.exists()
    assert not record.exists()


@pytest.mark.parametrize(
    "names", [["operations"], ["operations", "jobs"], ["operations", "files", "jobs"], ["jobs"]]
)
def test_part_has_of_its_joints_those_of_the_parts_that_stay(
    root: Path, scaffold: Scaffold, names: list[str]
) -> None:
    options = [word for name in names for word in ("--with", name)]
    assert scaffold("blank", *options, "--without", "metrics").code == 0
    first = snapshot(root)
    assert "Nothing to change" in scaffold("blank", *options).out

    kept = {*load_parts(root)}
    for name, part in CAPABILITIES.items():
        for joint in part.joints:
            stays = {name, *joint.beside} <= kept
            assert [(root / path).exists() for path in joint.files] == [stays] * len(joint.files)
            for path, lines in joint.lines.items():
                text = (root / path).read_text(encoding="utf-8") if (root / path).exists() else ""
                assert [line in text.splitlines() for line in lines] == [stays] * len(lines)
    assert snapshot(root) == first


def test_part_that_goes_later_takes_its_joints_along(root: Path, scaffold: Scaffold) -> None:
    words = ("--with", "operations", "--with", "jobs")
    scaffold("blank", *words)
    assert (root / "ops/k8s/worker/deployment.yaml").exists()

    assert scaffold("blank", "--with", "operations", "--without", "jobs").code == 0

    assert not (root / "ops/k8s/worker").exists()
    assert "worker" not in (root / "ops/k8s/overlays/staging/kustomization.yaml").read_text("utf-8")
    assert (root / "ops/monitoring/prometheus/rules/service.rules.yml").exists()
    assert scaffold("blank", "--without", "operations").code == 0
    assert not (root / "ops").exists()
    assert not (root / ".github").exists()


def test_part_keeps_all_that_it_needs(root: Path, scaffold: Scaffold) -> None:
    assert scaffold("blank", "--with", "ml_metric").code == 0

    features = load_features(root)
    assert features.keys() == {"document", "experiment", "ml_metric", "project", "user"}
    files = {path for each in features.values() for path in each.files}
    assert {path for path in files if not (root / path).exists()} == set()
    refused = scaffold("blank", "--with", "ml_metric", "--without", "access")
    assert "ml_metric needs access" in refused.err


@pytest.mark.parametrize("name", [*CAPABILITIES, *({"user"} & load_features(Path()).keys())])
def test_capability_goes_only_as_a_whole(root: Path, scaffold: Scaffold, name: str) -> None:
    before = snapshot(root)

    refused = scaffold("remove", name)

    assert refused.code == 2
    assert "blank --without" in refused.err or "user is needed by access" in refused.err
    assert snapshot(root) == before


def test_locks_are_written_anew_if_packages_go(root: Path) -> None:
    tree = Tree(root)

    with_packages = gates_of_blank(tree, {"pyproject.toml": ""}, Mode())
    without = gates_of_blank(tree, {}, Mode())

    assert [gate.name for gate in with_packages if gate not in without] == ["locks"]
    assert "make --silent lock" in with_packages[-1].command[-1]


def test_project_is_renamed_everywhere_and_back(root: Path, scaffold: Scaffold) -> None:
    scaffold("rename", "First name")
    first = snapshot(root)

    scaffold("rename", "Second")
    second = snapshot(root)
    scaffold("rename", "First name")

    changed = {path for path in first if first[path] != second[path]}
    assert {"README.md", "pyproject.toml", "requirements.txt", "src/core/settings.py"} <= changed
    assert b'name = "first-name"' in first["pyproject.toml"][0]
    assert b"first-name (pyproject.toml)" in first["requirements.txt"][0]
    assert b' = "First name"' in first["src/core/settings.py"][0]
    pages = ("docs/operations.md", "docs/runbook.md")
    other = [path for path in first if path.startswith(("ops/", ".github/", *pages))]
    assert [path for path in other if b"sqlmodel" in first[path][0].lower()] == []
    assert b"name: first-name-worker," in first["ops/k8s/overlays/staging/kustomization.yaml"][0]
    assert snapshot(root) == first
