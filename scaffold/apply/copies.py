"""Copies the tree without what its user keeps beside the code."""

import shutil
from collections.abc import Iterable
from pathlib import Path

BESIDE = (".git", ".venv*", "*.db*", ".data")
STORED = "files"
"""The folder of uploaded files, at the top; a folder of code deeper down may have its name."""


def copy_code(root: Path, target: Path, also_without: Iterable[str] = ()) -> None:
    """Copy the tree as it is now, changes and untracked files included."""
    named = shutil.ignore_patterns(*BESIDE, *also_without)

    def ignored(folder: str, names: list[str]) -> set[str]:
        return named(folder, names) | ({STORED} if Path(folder) == root else set())

    shutil.copytree(root, target, ignore=ignored)
