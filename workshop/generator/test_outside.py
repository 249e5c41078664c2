"""States of the tree, of Git, of files and settings: each is lived with, or named in a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from scaffold.edit.git import known, stage
from scaffold.spec.records import load_features
from workshop.generator.conftest import Scaffold
from workshop.generator.trees import snapshot

CUSTOMER = ("customer", "name:str:unique:max=40", "rank:int:optional")
MAIN = "src/main.py"


def git(root: Path, *arguments: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *names, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(root: Path) -> Path:
    git(root, "init")
    git(root, "add", ".")
    git(root, "commit", "-m", "begin")
    return root


@pytest.mark.parametrize("name", ["class", "ctid", "lateral", "id", "BadName", "name", "json"])
def test_renamed_field_is_checked_as_a_new_one(root: Path, scaffold: Scaffold, name: str) -> None:
    scaffold("add", *CUSTOMER)
    before = snapshot(root)

    refused = scaffold("field", "rename", "customer", "rank", name)

    assert refused.code == 2
    assert snapshot(root) == before


@pytest.mark.filterwarnings("always:scaffold/features/customer.toml")
def test_record_that_breaks_a_newer_rule_locks_nothing(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    for path in (path for path in root.rglob("*customer*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("rank", "lateral"), encoding="utf-8")

    listed = scaffold("list")
    added = scaffold("add", "note", "body:text")
    renamed = scaffold("field", "rename", "customer", "lateral", "rank")

    assert listed.code == added.code == renamed.code == 0
    assert [str(field) for field in load_features(root)["customer"].fields] == [*CUSTOMER[1:]]


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        ("scaffold/features/customer.toml", b"<<<<<<< HEAD\n", "customer.toml cannot be read"),
        ("scaffold/features/customer.toml", b"name = '\xff'\n", "customer.toml cannot be read"),
        ("scaffold/features/customer.toml", b"name = 'customer'\n", "customer.toml cannot be read"),
        (MAIN, b"# \xff\n", "src/main.py cannot be read"),
        (MAIN, b"<<<<<<< HEAD\n", "src/main.py:1: invalid syntax. Mend it"),
        ("alembic/versions/x.py", b"<<<<<<< HEAD\n", "alembic/versions cannot be read"),
        ("src/models/note.py", b"mine = 1\n", "in the way: src/models/note.py"),
    ],
)
def test_file_that_cannot_be_read_is_named(
    root: Path, scaffold: Scaffold, path: str, content: bytes, message: str
) -> None:
    (root / path).write_bytes(content)
    before = snapshot(root)

    refused = scaffold("add", "note", "body:text")

    assert refused.code == 2
    assert message in " ".join(refused.err.split())
    assert snapshot(root) == before
    assert scaffold("remove", "customer").code == 2


def test_list_below_a_table_of_the_record_is_named(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    path = root / "scaffold/features/customer.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}by_hand = ["src/models/customer.py"]\n', encoding="utf-8")

    refused = scaffold("list")

    assert refused.code == 2
    assert "by_hand is not a key of [migration]" in refused.err


def test_other_folder_is_refused(
    scaffold: Scaffold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    refused = scaffold("list")

    assert (refused.code, "run it in the folder of the project" in refused.err) == (2, True)


def test_git_that_is_missing_is_named(
    root: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    added = scaffold("add", *CUSTOMER)
    changed = scaffold("field", "add", "customer", "due:date:optional")

    assert added.code == 0
    assert (changed.code, "git is missing: install it" in changed.err) == (2, True)


def test_windows_line_ends_are_no_changes(root: Path, scaffold: Scaffold) -> None:
    scaffold("add", *CUSTOMER)
    for path in (*root.rglob("*.py"), *root.rglob("*.toml")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    listed = scaffold("list")
    scaffold("field", "add", "customer", "due:date:optional")
    model = (root / "src/models/customer.py").read_bytes()
    removed = scaffold("remove", "customer")

    assert "changed by hand" not in listed.out
    assert b"    due: Date | None = None\r\n" in model
    assert removed.code == 0
    assert b"customers" not in (root / MAIN).read_bytes()


@pytest.mark.parametrize(
    ("imported", "router"),
    [
        ("from src.api.routes import customers as people", "people.router"),
        ("from src.api.routes.customers import router as people", "people"),
    ],
)
def test_router_under_another_name_goes_with_its_feature(
    root: Path, scaffold: Scaffold, imported: str, router: str
) -> None:
    before = (root / MAIN).read_bytes()
    scaffold("add", *CUSTOMER)
    text = before.decode().replace("from src.api.service", f"{imported}\nfrom src.api.service")
    line = "    for each in capabilities:\n        each.install"
    text = text.replace(line, f"    api.include_router({router})\n{line}")
    (root / MAIN).write_text(text, encoding="utf-8")

    scaffold("remove", "customer")

    assert (root / MAIN).read_bytes() == before


def test_migration_that_git_knows_is_followed_by_one_that_drops(
    repository: Path, scaffold: Scaffold
) -> None:
    scaffold("add", *CUSTOMER)
    git(repository, "add", ".")

    scaffold("remove", "customer")

    names = {path.name[14:] for path in (repository / "alembic/versions").glob("*.py")}
    assert {"create_customers.py", "drop_customers.py"} <= names


@pytest.mark.parametrize("is_known", [False, True], ids=["new", "committed and edited"])
@pytest.mark.parametrize("command", [("remove", "customer"), ("blank", "--without", "customer")])
def test_files_by_hand_that_git_has_not_seen_go_only_by_force(
    repository: Path, scaffold: Scaffold, command: tuple[str, ...], is_known: bool
) -> None:
    scaffold("add", *CUSTOMER)
    record, mine = (
        repository / "scaffold/features/customer.toml",
        repository / "src/services/due.py",
    )
    text = record.read_text(encoding="utf-8")
    listed = 'by_hand = [\n    "src/services/due.py",\n]\n\n[migration]'
    record.write_text(text.replace("\n[migration]", listed), encoding="utf-8")
    mine.write_text("DUE = 1\n", encoding="utf-8")
    if is_known:
        git(repository, "add", ".")
        git(repository, "commit", "-m", "add due")
        mine.write_text("DUE = 2\n", encoding="utf-8")

    refused = scaffold(*command)
    assert (refused.code, "Git has not seen" in refused.err) == (2, True)
    assert "src/services/due.py" in refused.err
    assert mine.exists()

    forced = scaffold(*command, "--force")
    assert forced.code == 0
    assert not mine.exists()


def test_plural_that_the_code_uses_itself_is_refused(root: Path, scaffold: Scaffold) -> None:
    refused = scaffold("add", "datum", "name:str", "--plural", "data")

    assert refused.code == 2
    assert "data: duplicate" in refused.err


@pytest.mark.parametrize("address", ["mysql://localhost/x", "no address", "sqlite:///\0"])
def test_database_of_another_kind_is_not_asked(
    root: Path, scaffold: Scaffold, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    scaffold("add", *CUSTOMER)
    (root / ".env").write_text(f"DATABASE_URL='{address}'\n", encoding="utf-8")
    monkeypatch.delenv("DATABASE_URL", raising=False)

    removed = scaffold("remove", "customer")

    assert removed.code == 0
    names = {path.name[14:] for path in (root / "alembic/versions").glob("*.py")}
    assert "drop_customers.py" in names


def test_file_that_the_tree_ignores_is_staged(repository: Path) -> None:
    (repository / ".gitignore").write_text("/brought.csv\n", encoding="utf-8")
    (repository / "brought.csv").write_text("", encoding="utf-8")

    stage(repository, ["brought.csv"])

    assert known(repository, ["brought.csv"]) == {"brought.csv"}


@pytest.mark.parametrize(
    "command",
    [["list"], ["merge"], ["add", "note", "body:text"], ["rename", "Books"], ["blank", "--force"]],
)
def test_module_of_the_service_that_cannot_be_read_is_named(
    repository: Path, command: list[str]
) -> None:
    (repository / "src/models/user.py").write_text("<<<<<<< HEAD\n", encoding="utf-8")
    run = [sys.executable, "-m", "scaffold", *command]

    refused = subprocess.run(
        run, cwd=repository, check=False, capture_output=True, encoding="utf-8"
    )

    assert refused.returncode == 2
    assert "src/models/user.py:1: invalid syntax. Mend it, and try again." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("\nimport nothing\n", ":2: ModuleNotFoundError: No module named 'nothing'. Mend it"),
        ("class Box(Missing):\n    pass\n", ":1: NameError: name 'Missing' is not defined. Mend"),
        ("class Box:\n    size: int = 1 / 0\n", ":2: ZeroDivisionError: division by zero. Mend it"),
    ],
)
def test_module_of_the_service_that_fails_is_named(root: Path, text: str, fault: str) -> None:
    (root / "src/models/box.py").write_text(text, encoding="utf-8")
    run = [sys.executable, "-m", "scaffold", "list"]

    refused = subprocess.run(run, cwd=root, check=False, capture_output=True, encoding="utf-8")

    assert refused.returncode == 2
    assert f"src/models/box.py{fault}" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('by_hand = "src/services/due.py"', "by_hand has to be a list of texts"),
        ('checks = ["rank > 0", 1]', "checks has to be a list of texts"),
        ("plural = 5", "plural has to be a text"),
        ('owned = "yes"', "owned has to be true or false"),
        ('unique = ["name", "rank"]', "unique has to be a list of lists"),
        ('migration = "a"', "migration has to be a table"),
        ('migration = {created = "2030"}', "created has to be a time"),
    ],
)
def test_value_of_another_kind_in_a_record_is_named(
    root: Path, scaffold: Scaffold, line: str, fault: str
) -> None:
    record = root / "scaffold/features/box.toml"
    record.write_text(f'name = "box"\nfields = ["size:int"]\n{line}\n', encoding="utf-8")

    for command in (["list"], ["remove", "box"], ["add", "note", "body:text"]):
        refused = scaffold(*command)
        assert refused.code == 2
        assert f"box.toml: {fault}. Mend it" in " ".join(refused.err.split())


def test_missing_packages_are_named_with_their_cure(root: Path) -> None:
    lacking = "import runpy, sys; sys.modules['click'] = None; runpy.run_module('scaffold', run_name='__main__')"
    run = [sys.executable, "-c", lacking]

    refused = subprocess.run(run, cwd=root, check=False, capture_output=True, encoding="utf-8")

    assert refused.returncode == 1
    said = "click is not installed. Run make .venv/.development, then try again.\n"
    assert refused.stderr == said
