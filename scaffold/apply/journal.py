"""The journal beside the tree: what a run finds and writes, so that it can be taken back."""

import json
import shutil
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

JOURNAL = Path(".scaffold")


def note(root: Path, kind: str, path: str, written: str = "") -> None:
    (root / JOURNAL).mkdir(exist_ok=True)
    with (root / JOURNAL / "log").open("a", encoding="utf-8") as log:
        log.write(json.dumps([kind, path, written]) + "\n")


def is_there(root: Path) -> bool:
    return (root / JOURNAL / "log").exists()


def take_back_interrupted(root: Path) -> str:
    if not is_there(root):
        return ""
    edited = _edited_since(root)
    roll_back(root, but=edited)
    stay = f" You have changed these since, and they stay: {', '.join(edited)}." if edited else ""
    return f"A run was interrupted, and its changes are taken back.{stay}"


class UnrestoredError(Exception):
    """Some files are not as they were before. The message names them."""


def roll_back(root: Path, but: Collection[str] = ()) -> None:
    """Raise `UnrestoredError` if that fails for some files, once all others are as before."""
    failed = dict[str, OSError]()
    for kind, path, _ in reversed(_lines_of(root)):
        try:
            if path not in but:
                _undo(root, kind, path)
        except OSError as error:
            failed[path] = error
    if failed:
        reasons = ", ".join(f"{path} ({error.strerror})" for path, error in failed.items())
        raise UnrestoredError(
            f"Not as before: {reasons}. All else is. The files as they were are in "
            f"{JOURNAL}/kept, and the next command that writes tries to bring them back."
        )
    forget(root)


def _undo(root: Path, kind: str, path: str) -> None:
    if kind == "kept":
        if digest_of(root / JOURNAL / "kept" / path) == digest_of(root / path):
            return  # perhaps it could not be replaced
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        kept = root / JOURNAL / "restored"
        shutil.copy2(root / JOURNAL / "kept" / path, kept)
        kept.replace(root / path)
    elif kind == "new":
        (root / path).unlink(missing_ok=True)
    elif kind == "folder":
        delete_if_empty(root / path)


def _edited_since(root: Path) -> list[str]:
    """Return the files that are neither as the run found them nor as it left them."""
    contents: dict[str, set[str]] = {}
    for kind, path, written in _lines_of(root):
        if kind != "folder":
            found = digest_of(root / JOURNAL / "kept" / path) if kind == "kept" else written
            contents.setdefault(path, set()).add(found)
    return [path for path, known in contents.items() if digest_of(root / path) not in known]


def digest_of(file: Path) -> str:
    return digest(file.read_bytes()) if file.is_file() else ""


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _lines_of(root: Path) -> list[tuple[str, str, str]]:
    try:
        text = (root / JOURNAL / "log").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    # A line that was cut off stands for a change that was not begun.
    return [(*json.loads(line), "")[:3] for line in text.split("\n")[:-1]]


def delete_if_empty(folder: Path) -> None:
    if folder.exists() and {each.name for each in folder.iterdir()} <= {"__pycache__"}:
        shutil.rmtree(folder)


def forget(root: Path) -> None:
    # Without its log a journal means nothing: this is the moment from which the changes stay.
    (root / JOURNAL / "log").unlink(missing_ok=True)
    shutil.rmtree(root / JOURNAL, ignore_errors=True)
