"""Changes to files that happen as a whole or not at all.

Before a file is touched, the journal beside the tree keeps it. Each run first rolls back a journal
that it finds, so that not even `kill -9` leaves half a change.
"""

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from os import O_RDONLY, close, open
from pathlib import Path
from types import FrameType

from scaffold.errors import RefusedError

JOURNAL = Path(".scaffold")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption(BaseException):
    """A signal to end, for `changing` and the command line alone to catch."""


class Tree:
    def __init__(self, root: Path) -> None:
        self.root, self._journal = root, root / JOURNAL
        self._known: set[str] = set()

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def read(self, path: str) -> str:
        # As it is, also where lines end with \r\n.
        return (self.root / path).read_bytes().decode()

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        if self.has(path) and self.read(path) == text:
            return
        for folder in reversed(target.parents[: len(Path(path).parents) - 1]):
            if not folder.exists():
                self._note("folder", str(folder.relative_to(self.root)))
                folder.mkdir()
        self.keep(path)
        target.write_bytes(text.encode())

    def delete(self, path: str) -> None:
        """Delete the file, and folders that are empty without it."""
        self.keep(path)
        (self.root / path).unlink()
        for folder in Path(path).parents[:-1]:
            _delete_if_empty(self.root / folder)

    def keep(self, path: str) -> None:
        """Remember the file as it is, because a command is about to change it."""
        if path in self._known:
            return
        self._known.add(path)
        if not self.has(path):
            self._note("new", path)
            return
        kept = self._journal / "kept" / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.root / path, kept)
        self._note("kept", path)

    def _note(self, kind: str, path: str) -> None:
        self._journal.mkdir(exist_ok=True)
        with (self._journal / "log").open("a", encoding="utf-8") as log:
            log.write(json.dumps([kind, path]) + "\n")


@contextmanager
def changing(root: Path) -> Iterator[Tree]:
    """Any exception, and any signal that can be caught, takes all changes back."""
    with _alone(root), _raising_on_signals():
        roll_back(root)
        try:
            yield Tree(root)
        except BaseException:
            for each in SIGNALS:
                signal.signal(each, signal.SIG_IGN)
            roll_back(root)
            raise
        _forget(root)


def roll_back(root: Path) -> None:
    with suppress(FileNotFoundError):
        # A line that was cut off stands for a change that was not begun.
        lines = (root / JOURNAL / "log").read_text(encoding="utf-8").split("\n")[:-1]
        for kind, path in map(json.loads, reversed(lines)):
            _undo(root, kind, path)
    _forget(root)


def _undo(root: Path, kind: str, path: str) -> None:
    if kind == "kept":
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / JOURNAL / "kept" / path, root / path)
    elif kind == "new":
        (root / path).unlink(missing_ok=True)
    else:
        _delete_if_empty(root / path)


def _delete_if_empty(folder: Path) -> None:
    if folder.exists() and {each.name for each in folder.iterdir()} <= {"__pycache__"}:
        shutil.rmtree(folder)


def _forget(root: Path) -> None:
    # Without its log a journal means nothing: this is the moment from which the changes stay.
    (root / JOURNAL / "log").unlink(missing_ok=True)
    shutil.rmtree(root / JOURNAL, ignore_errors=True)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    folder = open(root, O_RDONLY)
    try:
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise RefusedError("Another run of the generator is at work in this tree.") from None
        yield
    finally:
        close(folder)


@contextmanager
def _raising_on_signals() -> Iterator[None]:
    def give_up(number: int, _: FrameType | None) -> None:
        raise Interruption(f"{signal.Signals(number).name} came in between.")

    before = {each: signal.signal(each, give_up) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
