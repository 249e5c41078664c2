"""Changes to files that happen as a whole or not at all.

Before a file is touched, the journal beside the tree keeps it. Each run that may write first rolls
back a journal that it finds, so that not even `kill -9` leaves half a change. What a person has
changed since then stays.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from types import FrameType

from scaffold.apply import journal
from scaffold.apply.journal import JOURNAL
from scaffold.errors import RefusedError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interruption(BaseException):
    """A signal to end, for `changing` and the command line alone to catch."""


@dataclass
class Tree:
    root: Path
    notice: str = ""
    """Return what a person has to know of the interrupted run."""
    _known: set[str] = field(default_factory=set)

    def has(self, path: str) -> bool:
        return (self.root / path).exists()

    def read(self, path: str) -> str:
        """Return the text with the line ends of Python, whatever those of the file."""
        try:
            return (self.root / path).read_bytes().decode().replace("\r\n", "\n")
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(f"{path} cannot be read: {error}.") from None

    def write(self, path: str, text: str) -> None:
        """Write the text with the line ends that the file has."""
        target, content = self.root / path, text.encode(errors="surrogateescape")
        if self.has(path):
            before = target.read_bytes()
            if b"\r\n" in before and b"\0" not in before:
                content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            if before == content:
                return
        for folder in reversed(target.parents[: len(Path(path).parents) - 1]):
            if not folder.exists():
                journal.note(self.root, "folder", str(folder.relative_to(self.root)))
                folder.mkdir()
        self.keep(path)
        journal.note(self.root, "wrote", path, journal.digest(content))
        written = self.root / JOURNAL / "written"
        written.write_bytes(content)
        if target.exists():
            shutil.copymode(target, written)
        written.replace(target)  # whole or not at all

    def delete(self, path: str) -> None:
        """Delete the file, and folders that are empty without it."""
        self.keep(path)
        journal.note(self.root, "wrote", path)
        (self.root / path).unlink()
        for folder in Path(path).parents[:-1]:
            journal.delete_if_empty(self.root / folder)

    def keep(self, path: str) -> None:
        """Remember the file as it is, because a command is about to change it."""
        if path in self._known:
            return
        self._known.add(path)
        if not self.has(path):
            journal.note(self.root, "new", path)
            return
        kept = self.root / JOURNAL / "kept" / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.root / path, kept)
        journal.note(self.root, "kept", path)


@contextmanager
def looking(root: Path) -> Iterator[Tree]:
    """Nothing is written."""
    with _alone(root):
        waits = "A run was interrupted. The next command that writes takes its changes back."
        yield Tree(root, waits if journal.is_there(root) else "")


@contextmanager
def changing(root: Path) -> Iterator[Tree]:
    """Any exception, and any signal that can be caught, takes all changes back."""
    with _alone(root), _raising_on_signals():
        notice = journal.take_back_interrupted(root)
        try:
            yield Tree(root, notice)
        except BaseException:
            for each in SIGNALS:
                signal.signal(each, signal.SIG_IGN)
            journal.roll_back(root)
            raise
        journal.forget(root)


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    folder = os.open(root, os.O_RDONLY)
    try:
        try:
            flock(folder, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise RefusedError("Another run of the generator is at work in this tree.") from None
        yield
    finally:
        os.close(folder)


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
