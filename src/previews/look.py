"""Finds the format and the encoding of a file in its first bytes."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from src.jobs.errors import JobError
from src.previews.bounds import HEAD_BYTES

PARQUET = b"PAR1"
OTHERS = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "ZIP or Excel",
    b"BZh91AY&SY": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"%PDF-": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF89a": "GIF",
    b"\xd0\xcf\x11\xe0": "Excel",
    b"SQLite format 3": "SQLite",
    b"ARROW1\0": "Arrow",
    b"\x89HDF": "HDF5",
    b"\x80\x04\x95": "pickle",
}
"""The first bytes of formats that are sent by mistake."""
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_ARRAY = re.compile(r"\s*\[\s*[{\[]")


@dataclass(frozen=True)
class Look:
    format: str
    head: bytes = b""
    codec: str = ""
    """Of Python; none for Parquet."""

    @property
    def encoding(self) -> str | None:
        """Return its name without what the first bytes say."""
        return {"utf-8-sig": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(
            self.codec, self.codec or None
        )


def look(path: Path, wanted: str | None, encoding: str | None) -> Look:
    """Look at a file whose format and encoding may be given. Raises `JobError`."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise JobError("empty", "The file is empty.")
    # A text may have a column of this name.
    is_parquet = head.startswith(PARQUET) and (head == PARQUET or b"\0" in head)
    if wanted == "parquet" or (wanted is None and is_parquet):
        return _parquet(head)
    for start, name in OTHERS.items():
        if head.startswith(start):
            msg = f"The file is {name}: send CSV, JSON Lines or Parquet."
            raise JobError("format", msg)
    codec = _codec(head, encoding)
    text = codecs.getincrementaldecoder(codec)("replace").decode(head).removeprefix("\ufeff")
    if not text:
        raise JobError("empty", "The file is empty.")
    return Look(wanted or _format(text), head, codec)


def _parquet(head: bytes) -> Look:
    if not head.startswith(PARQUET):
        raise JobError("format", "The file is not Parquet, which begins with PAR1.")
    return Look("parquet")


def _codec(head: bytes, given: str | None) -> str:
    found = next((name for bom, name in BOMS.items() if head.startswith(bom)), None)
    if given in {None, found} and found:
        return "utf-8-sig" if found == "utf-8" else found
    if given == "utf-16":
        return _wide(head) or "utf-16-le"
    if given is not None:
        return given
    if b"\0" in head:
        return _wide(head) or _refused()
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _refused() if _CONTROLS.search(head) else "latin-1"
    return "utf-8"


def _refused() -> str:
    raise JobError("binary", "The file is neither a text nor Parquet; if it is UTF-16, say so.")


def _wide(head: bytes) -> str | None:
    """Return which UTF-16 it is, if half of the bytes are zeros as in western texts."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _format(text: str) -> str:
    if _ARRAY.match(text):
        msg = "The file is a JSON array: write one object on each line, without commas between."
        raise JobError("format", msg)
    return "jsonl" if text.lstrip().startswith("{") else "csv"
