"""What a page has its reader do: commands to run, files to write and to change."""

import re
from pathlib import Path

BLOCK = re.compile(
    r"^```(bash|(?:diff|python)(?= \S)) ?(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE
)

type Block = tuple[str, str, str]
"""Its kind, the path of its file if it has one, and its text."""


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks that are marked ``bash``, and those that name a file."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def apply(kind: str, path: Path, block: str) -> None:
    """Write a file, or make the changes of a diff, of which ``@@`` separates the parts."""
    if kind == "python":
        path.write_text(block, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    for part in block.split("@@\n"):
        lines = part.splitlines()
        old = "\n".join(line[1:] for line in lines if not line.startswith("+"))
        new = "\n".join(line[1:] for line in lines if not line.startswith("-"))
        if text.count(old) != 1:
            raise SystemExit(f"{path} does not have this once:\n{old}")
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
