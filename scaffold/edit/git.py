"""A merge in Git that waits for its conflicts to be settled."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from scaffold.errors import RefusedError

BASE, OURS, THEIRS = 1, 2, 3
"""Stages of a file in the index."""


def conflicts_in(root: Path) -> list[str]:
    stages = _git(root, "ls-files", "--unmerged").splitlines()
    return list(dict.fromkeys(each.split("\t")[1] for each in stages))


def staged(root: Path, path: str, stage: int) -> str:
    return _git(root, "show", f":{stage}:./{path}")


def stage(root: Path, paths: Iterable[str]) -> None:
    _git(root, "add", "--", *paths)


def _git(root: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    git = subprocess.run(command, cwd=root, capture_output=True, check=False)  # noqa: S603
    if git.returncode:
        raise RefusedError(git.stderr.decode().strip())
    return git.stdout.decode()
