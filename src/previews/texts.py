"""Texts as DuckDB reads them well: UTF-8, lines that end in one way and are not too long."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.jobs.errors import JobError
from src.previews.bounds import DISK_BYTES, HEAD_BYTES, PROFILED_BYTES
from src.previews.look import Look

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def plain(path: Path, look: Look, folder: Path) -> Path:
    """Return a file with the text as DuckDB wants it: the file itself or, in a folder, a copy."""
    if look.codec == "utf-8" and _ends(path) < 2:
        return path
    copy = _copied(path, look, folder / "text")
    _ends(copy)
    return copy


def copy_head(path: Path, copy: Path) -> None:
    """Copy the first whole lines of a text."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) == HEAD_BYTES:
        head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]
    with _room():
        copy.write_bytes(head)


def mean_line(head: Path) -> float:
    """Return how many bytes a line has, on average."""
    text = head.read_bytes()
    return len(text) / max(text.count(b"\n"), text.count(b"\r"), 1)


def _copied(path: Path, look: Look, copy: Path) -> Path:
    try:
        with (
            _room(),
            path.open(encoding=look.codec) as text,
            copy.open("w", encoding="utf-8", newline="") as to,
        ):
            while block := text.read(HEAD_BYTES):
                to.write(block)
                if to.tell() > DISK_BYTES:
                    msg = "The file is too large to be copied: send it in UTF-8."
                    raise JobError("size", msg)
    except UnicodeError:
        msg = f"The file is not {look.encoding} throughout."
        raise JobError("encoding", msg) from None
    return copy


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        msg = "The disk of the worker has no room for a copy of the file: retry the job later."
        raise JobError("disk", msg, again=True) from error


def _ends(path: Path) -> int:
    """Return in how many ways lines end: only in LF, CR and LF, or CR.

    Raises `JobError` if a line is much too long: DuckDB would take the square of its time.
    """
    ends = [0, 0, 0]
    last, read = b"", 0
    with path.open("rb", buffering=0) as file:
        while (block := file.read(HEAD_BYTES)) and read < PROFILED_BYTES:
            read += len(block)
            feeds, returns = block.count(b"\n"), block.count(b"\r")
            if not feeds + returns and len(block) == HEAD_BYTES:
                msg = f"The file has a line of more than {HEAD_BYTES} bytes."
                raise JobError("line", msg)
            pairs = block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            ends = [
                sum(each)
                for each in zip(ends, (feeds - pairs, pairs, returns - pairs), strict=True)
            ]
            last = block[-1:]
    return sum(map(bool, ends))
