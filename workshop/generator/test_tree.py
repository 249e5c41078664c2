"""Changes to files happen as a whole or not at all."""

import os
import signal
import subprocess
import sys
from errno import EBUSY
from pathlib import Path

import pytest

from scaffold.apply.journal import UnrestoredError
from scaffold.apply.tree import Interruption, Tree, changing, looking
from scaffold.errors import RefusedError

type Snapshot = dict[str, tuple[bytes, int, int]]


class Fault(BaseException):
    pass


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.py").write_bytes(b"app = 1\r\n")
    (tmp_path / "src/old.py").write_text("old = 1\n", encoding="utf-8")
    (tmp_path / "src/main.py").chmod(0o755)
    (tmp_path / "src/empty").mkdir()
    return tmp_path


def snapshot(root: Path) -> Snapshot:
    """All there is to know of each file and folder; of a folder not its time."""
    found: Snapshot = {}
    for path in sorted(root.rglob("*")):
        facts = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        times = facts.st_mtime_ns if path.is_file() else 0
        found[str(path.relative_to(root))] = (content, facts.st_mode, times)
    return found


def change(tree: Tree) -> None:
    tree.write("src/main.py", "app = 2\n")
    tree.write("src/main.py", "app = 3\n")
    tree.write("src/new/deep/one.py", "one = 1\n")
    tree.delete("src/old.py")


def test_changes_stay_and_leave_no_journal(root: Path) -> None:
    with changing(root) as tree:
        change(tree)

    after = snapshot(root)
    assert after["src/main.py"][0] == b"app = 3\r\n"  # the line ends that it had
    assert after["src/main.py"][1] & 0o777 == 0o755
    assert after["src/new/deep/one.py"][0] == b"one = 1\n"
    assert set(after) == {
        "src", "src/empty", "src/main.py", "src/new", "src/new/deep", "src/new/deep/one.py",
    }  # fmt: skip


@pytest.mark.parametrize("fault", [Fault, KeyboardInterrupt, OSError])
def test_exception_takes_everything_back(root: Path, fault: type[BaseException]) -> None:
    before = snapshot(root)

    def fail() -> None:
        with changing(root) as tree:
            change(tree)
            raise fault

    pytest.raises(fault, fail)

    assert snapshot(root) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_takes_everything_back(root: Path, number: signal.Signals) -> None:
    before, handler = snapshot(root), signal.getsignal(number)

    with pytest.raises(Interruption, match=number.name), changing(root) as tree:
        change(tree)
        os.kill(os.getpid(), number)

    assert snapshot(root) == before
    assert signal.getsignal(number) == handler


def make_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing replace the file, as if it were mounted by itself."""
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "main.py":
            raise OSError(EBUSY, "Device or resource busy", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)


def test_file_that_cannot_be_replaced_stops_no_other_from_being_restored(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(root)
    make_busy(monkeypatch)

    def fail() -> None:
        with changing(root) as tree:
            tree.write("src/new/deep/one.py", "one = 1\n")
            tree.delete("src/old.py")
            tree.write("src/main.py", "app = 2\n")

    pytest.raises(OSError, fail)

    assert snapshot(root) == before


def test_file_that_cannot_be_restored_is_named_and_restored_later(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(root)

    def fail(patch: pytest.MonkeyPatch) -> None:
        with changing(root) as tree:
            change(tree)
            make_busy(patch)
            raise Fault

    with (
        monkeypatch.context() as patch,
        pytest.raises(UnrestoredError, match=r"src/main.py \(Device or resource busy\)") as error,
    ):
        fail(patch)

    assert isinstance(error.value.__context__, Fault)
    left = {path for path in snapshot(root) if not path.startswith(".scaffold")}
    assert left == {*before}
    with changing(root):
        pass
    assert snapshot(root) == before


def test_plan_that_changes_nothing_touches_nothing(root: Path) -> None:
    before = snapshot(root)

    with changing(root) as tree:
        tree.write("src/main.py", "app = 1\n")

    assert snapshot(root) == before


DIES = """
import os, sys
from pathlib import Path
from scaffold.apply.tree import changing
from workshop.generator.test_tree import change
with changing(Path(sys.argv[1])) as tree:
    change(tree)
    os.kill(os.getpid(), 9)
"""


def test_next_run_takes_back_what_a_killed_one_left(root: Path) -> None:
    before = snapshot(root)
    subprocess.run([sys.executable, "-c", DIES, str(root)], check=False)
    assert snapshot(root) != before

    with changing(root) as tree:
        assert tree.read("src/main.py") == "app = 1\n"
        assert tree.notice == "A run was interrupted, and its changes are taken back."

    assert snapshot(root) == before


def test_what_a_person_has_changed_since_a_killed_run_stays(root: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(root)], check=False)
    (root / "src/main.py").write_text("mine = 1\n", encoding="utf-8")
    (root / "src/old.py").write_text("mine = 2\n", encoding="utf-8")

    with changing(root) as tree:
        notice = tree.notice

    assert notice.endswith("since, and they stay: src/main.py, src/old.py.")
    assert (root / "src/main.py").read_text(encoding="utf-8") == "mine = 1\n"
    assert (root / "src/old.py").read_text(encoding="utf-8") == "mine = 2\n"
    assert not (root / "src/new").exists()
    assert not (root / ".scaffold").exists()


def test_who_only_looks_takes_nothing_back(root: Path) -> None:
    subprocess.run([sys.executable, "-c", DIES, str(root)], check=False)
    before = snapshot(root)

    with looking(root) as tree:
        assert tree.notice.startswith("A run was interrupted.")

    assert snapshot(root) == before


def test_change_that_was_not_begun_is_not_taken_back(root: Path) -> None:
    journal = root / ".scaffold"
    journal.mkdir()
    (journal / "log").write_text('["new", "src/ma', encoding="utf-8")

    with changing(root):
        pass

    assert (root / "src/main.py").exists()
    assert not journal.exists()


def test_file_of_someone_else_in_a_new_folder_stays(root: Path) -> None:
    def fail() -> None:
        with changing(root) as tree:
            change(tree)
            (root / "src/new/notes.txt").write_text("mine", encoding="utf-8")
            raise Fault

    pytest.raises(Fault, fail)

    assert (root / "src/new/notes.txt").read_text(encoding="utf-8") == "mine"
    assert not (root / "src/new/deep").exists()


def test_second_run_at_the_same_time_is_refused(root: Path) -> None:
    with changing(root) as tree:
        change(tree)

        with pytest.raises(RefusedError, match="at work"), changing(root):
            pass

    assert (root / "src/main.py").read_text(encoding="utf-8") == "app = 3\n"
