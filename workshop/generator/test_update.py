"""A tree follows the template: what nobody has edited never conflicts, and what was removed stays away."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from scaffold.apply import journal
from scaffold.apply.gates import GateError
from scaffold.apply.run import Mode
from scaffold.errors import RefusedError
from scaffold.migrate.create import VERSIONS
from scaffold.update import update
from scaffold.update.merge import parts_of
from scaffold.update.repository import RECORD, Repository
from scaffold.update.shape import RECORDS
from scaffold.update.update import Update, update_tree
from workshop.generator.situations import METHOD, SITUATIONS, make
from workshop.generator.test_merge import commit, git
from workshop.generator.trees import copy_tree, snapshot

CAPABILITY = """from src.api.capability import Capability

motd = Capability(name="motd")
"""
MIGRATION = '''"""add note"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "aaaaaaaaaaaa"
down_revision: str | Sequence[str] | None = "{head}"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("login_attempts", sa.Column("note", sa.String(length=9), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("login_attempts") as batch:
        batch.drop_column("note")
'''
MOTTO = """from uuid import UUID

from sqlmodel import Field, SQLModel


class Motto(SQLModel, table=True):
    __tablename__ = "mottos"

    id: UUID = Field(primary_key=True)
"""
MOTTOS = '''"""create mottos"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "bbbbbbbbbbbb"
down_revision: str | Sequence[str] | None = "aaaaaaaaaaaa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "mottos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mottos")),
    )


def downgrade() -> None:
    op.drop_table("mottos")
'''
IMAGE = b"\x89PNG\r\n\x1a\n\x00\xff"
SAID = "    # A digest says all in a few bytes.\n    digest = sha256()\n"
NEW = {
    "src/api/motd.py": CAPABILITY,
    "src/models/motto.py": MOTTO,
    "scaffold/capabilities/motd.toml": 'name = "motd"\ndefault = false\n'
    'files = ["docs/motd.png", "src/api/motd.py", "src/models/motto.py"]\n\n[lines]\n'
    '"src/capabilities.py" = ["from src.api.motd import motd", "    motd,"]\n',
}
DOCSTRING = '    """Keeps the rules."""\n\n    model = '
CHANGED = {
    "src/core/errors.py": ('"""', '"""New. '),
    "src/main.py": ("    app.state.service = service\n", "    app.state.service = service\n    app.state.new = True\n"),
    "README.md": ("## Three rules", "## The three rules"),
    "scaffold/blank/README.md": ("## Three rules", "## The three rules"),
    "scaffold/write/templates/service.py.jinja": ("    model = ", DOCSTRING),
    "src/services/project.py": ("    model = ", DOCSTRING),
    "scaffold/write/templates/kind.py.jinja": ("    digest = sha256()\n", SAID),
    "src/capabilities.py": ("import mlflow\n", "import mlflow\nfrom src.api.motd import motd\n"),
    "pyproject.toml": ('    "click>', '    "bcd>=1",\n    "click>'),
    "requirements.txt": ("click==", "bcd==1\nclick=="),
    "src/models/login_attempts.py": ("    count: int = 1\n", "    count: int = 1\n    note: str | None = Field(None, max_length=9)\n"),
}  # fmt: skip


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template with a commit v1, which is this tree, and v2 with all kinds of changes."""
    root = copy_tree(tmp_path_factory.mktemp("template") / "template")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "v0")
    git(root, "tag", "v0")
    (root / "requirements-worker.txt").unlink()  # which an old template lacks
    commit(root, "v1")
    git(root, "tag", "v1")
    make(root, [("add", "gadget", "name:str:unique"), ("field", "project", "color:str:optional")])
    replace(root / RECORDS / "gadget.toml", 'sort = "-id"\n', 'sort = "-id"\ndefault = false\n')
    for path, (old, new) in CHANGED.items():
        replace(root / path, old, new)
    replace(root / "src/capabilities.py", "    metrics,\n", "    metrics,\n    motd,\n")
    for path, text in NEW.items():
        (root / path).write_text(text, encoding="utf-8")
    (root / "docs/motd.png").write_bytes(IMAGE)
    (root / "requirements-worker.txt").write_text("bcd==1\n", encoding="utf-8")
    (color,) = (root / VERSIONS).glob("*color*")
    (head,) = re.findall(
        r'^revision: str = "(.*)"', color.read_text(encoding="utf-8"), re.MULTILINE
    )
    (root / VERSIONS / "20991231_0000_add_note.py").write_text(
        MIGRATION.format(head=head), encoding="utf-8"
    )
    (root / VERSIONS / "20991231_0001_create_mottos.py").write_text(MOTTOS, encoding="utf-8")
    commit(root, "v2")
    git(root, "tag", "v2")
    return root


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, path
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


type MakeTree = Callable[[str, str], Path]


@pytest.fixture(scope="session")
def make_tree(template: Path, tmp_path_factory: pytest.TempPathFactory) -> MakeTree:
    """Make a tree in a situation from a commit; each is made once and cloned."""
    made: dict[tuple[str, str], Path] = {}

    def made_tree(situation: str, at: str = "v1") -> Path:
        if (situation, at) not in made:
            root = tmp_path_factory.mktemp("made") / "tree"
            git(template, "clone", "--quiet", ".", str(root))
            git(root, "checkout", "--quiet", "-b", "mine", at)
            make(root, SITUATIONS[situation])
            commit(root, "mine")
            made[situation, at] = root
        tree = tmp_path_factory.mktemp("tree") / "tree"
        git(template, "clone", "--quiet", str(made[situation, at]), str(tree))
        return tree

    return made_tree


def updated(template: Path, tree: Path, *parts: str) -> Update:
    return update_tree(template, tree, parts, Mode(), checks=False)


def facts_of(root: Path) -> dict[str, bytes]:
    """Return the files, without what is another each time: migrations and their revisions."""
    return {
        path: content.split(b"\n[migration]")[0] if path.startswith(RECORDS) else content
        for path, (content, _) in snapshot(root).items()
        if not path.startswith((VERSIONS, ".git/", RECORD))
    }


def titles_of(root: Path, changed: Iterable[str]) -> set[str]:
    """Return the titles of the migrations that the update has brought."""
    paths = [root / path for path in changed if path.startswith(VERSIONS)]
    return {path.read_text(encoding="utf-8").split('"""')[1] for path in paths}


def test_tree_becomes_what_the_new_template_would_have_made(
    template: Path, make_tree: MakeTree
) -> None:
    tree = make_tree("removed", "v1")

    done = updated(template, tree)

    assert done.conflicts == []
    assert facts_of(tree) == facts_of(make_tree("removed", "v2"))
    brought = {
        "create gadgets",
        "add note",
        "create mottos",
        "add color to projects",
        "merge branches",
    }
    assert titles_of(tree, (each.path for each in done.changes)) == brought


def test_job_of_ones_own_stays_as_the_new_template_would_have_made_it(
    template: Path, make_tree: MakeTree
) -> None:
    tree = make_tree("a job", "v1")

    done = updated(template, tree)

    assert done.conflicts == []
    assert facts_of(tree) == facts_of(make_tree("a job", "v2"))
    assert SAID in (tree / "src/jobs/kinds/print_books.py").read_text(encoding="utf-8")


def test_command_fetches_the_template_itself(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("blank", "v1")
    command = [sys.executable, "-m", "scaffold", "update", "--no-checks"]

    subprocess.run([*command, "--from", str(template), "--to", "v2"], cwd=tree, check=True)

    assert facts_of(tree) == facts_of(make_tree("blank", "v2"))
    assert titles_of(tree, git(tree, "diff", "--staged", "--name-only").split()) == {"add note"}
    assert git(tree, "diff", "--name-only") == ""
    git(tree, "reset", "--quiet", "--hard")
    assert git(tree, "status", "--porcelain") == ""


def test_edits_stay(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("blank, edited", "v1")

    done = updated(template, tree)

    assert done.conflicts == []
    service, main, readme, tests = (
        (tree / path).read_text(encoding="utf-8")
        for path in (
            "src/services/book.py",
            "src/main.py",
            "README.md",
            "tests/integration/test_books.py",
        )
    )
    assert DOCSTRING in service
    assert service.endswith(METHOD)
    assert "    app.add_middleware(GZipMiddleware)\n" in main
    assert (
        "    api.include_router(extra.router)\n" in main
        or "app.include_router(extra.router)" in main
    )
    assert "    app.state.new = True\n" in main
    assert readme.endswith("Of my own.\n")
    assert "## The three rules" in readme
    assert "def test_mine" in tests
    assert '"note"' in tests


def test_removed_part_comes_back(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("no access", "v1")

    done = updated(template, tree, "project")

    assert done.conflicts == []
    assert {"access", "user"} <= parts_of(tree, RECORDS, "scaffold/capabilities")
    assert {"document", "project", "book"} == parts_of(tree, RECORDS) - {"user"}
    paths = (each.path for each in done.changes)
    assert titles_of(tree, paths) == {"follow the template"}


def test_conflict_is_marked_settled_and_taken_back(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("blank", "v1")
    replace(tree / "README.md", "## Three rules", "## Mine")
    commit(tree, "edit")

    done = updated(template, tree)

    assert done.conflicts == ["README.md"]
    assert "<<<<<<<" in (tree / "README.md").read_text(encoding="utf-8")
    git(tree, "reset", "--quiet", "--hard")
    assert git(tree, "status", "--porcelain") == ""
    updated(template, tree)
    git(tree, "checkout", "--quiet", "HEAD", "README.md")
    commit(tree, "update")
    assert updated(template, tree) == Update([], [], done.commit)
    assert "## Mine" in (tree / "README.md").read_text(encoding="utf-8")


def test_tree_is_as_before_if_a_check_fails(
    template: Path, make_tree: MakeTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise GateError("tests", "")

    monkeypatch.setattr(update, "prove", fail)
    tree = make_tree("blank", "v1")
    before = snapshot(tree)

    with pytest.raises(GateError):
        update_tree(template, tree, (), Mode(), checks=True)

    assert snapshot(tree) == before


def test_killed_update_is_taken_back(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("blank", "v1")
    killed = (
        "import os, scaffold.update.update as it\n"
        "it.stage = lambda *_: os.kill(os.getpid(), 9)\n"
        "from scaffold.commands.app import main\n"
        "main()\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", killed, "update", str(tree), "--no-checks"],
        cwd=template,
        check=False,
    )
    changed = git(tree, "status", "--porcelain")
    journal.roll_back(tree)

    assert run.returncode == -signal.SIGKILL
    assert changed
    assert git(tree, "status", "--porcelain") == ""


def test_uncommitted_changes_are_refused(template: Path, make_tree: MakeTree) -> None:
    tree = make_tree("blank", "v1")
    (tree / "notes.md").write_text("", encoding="utf-8")

    with pytest.raises(RefusedError, match="git stash -u"):
        updated(template, tree)


def test_copy_without_the_templates_history_finds_its_commit(
    template: Path, make_tree: MakeTree, tmp_path: Path
) -> None:
    tree = make_tree("blank, edited", "v1")
    (tree / ".git").rename(tmp_path / "gone")
    git(tree, "init", "--quiet")
    commit(tree, "mine")

    assert Repository(tmp_path, template, tree).base() == git(template, "rev-parse", "v1").strip()


@pytest.mark.parametrize("written", ["commit = '{:.9}'", 'commit = "v1"', 'commit = """{}"""\n'])
def test_commit_that_a_person_has_written_is_found(
    template: Path, make_tree: MakeTree, tmp_path: Path, written: str
) -> None:
    tree, first = make_tree("blank", "v1"), git(template, "rev-parse", "v1").strip()
    (tree / RECORD).write_text(written.format(first), encoding="utf-8")
    commit(tree, "mine")

    assert Repository(tmp_path, template, tree).base() == first


@pytest.mark.parametrize("written", ["commit = v1", "[template]", "<<<<<<< HEAD", 'commit = "v7"'])
def test_record_of_the_template_that_says_nothing_is_named(
    template: Path, make_tree: MakeTree, tmp_path: Path, written: str
) -> None:
    tree = make_tree("blank", "v1")
    (tree / RECORD).write_text(written, encoding="utf-8")
    commit(tree, "mine")

    with pytest.raises(RefusedError, match=RECORD):
        Repository(tmp_path, template, tree).base()


def test_tree_that_is_too_old_is_told_a_step(template: Path, tmp_path: Path) -> None:
    tree, first = tmp_path / "tree", git(template, "rev-parse", "v1")[:7]
    git(template, "clone", "--quiet", ".", str(tree))
    git(tree, "checkout", "--quiet", "v0")

    with pytest.raises(RefusedError, match=f"git merge {first}"):
        Repository(tmp_path, template, tree).base()
