"""Asks Git about the files of the tree."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from scaffold.errors import RefusedError

BASE, OURS, THEIRS = 1, 2, 3
"""Stages of a file in the index."""


def require_commit(root: Path) -> None:
    """Raise `RefusedError` unless Git has a commit of the tree."""
    run = run_git(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if run.returncode:
        make = "Git has no commit of this tree: git init, git add --all, git commit."
        raise RefusedError(f"{make} {run.stderr.strip()}".strip())


def conflicts_in(root: Path) -> dict[str, set[int]]:
    """Return the stages that each file with a conflict has."""
    found: dict[str, set[int]] = {}
    for line in git(root, "ls-files", "--unmerged", "-z").split("\0")[:-1]:
        facts, path = line.split("\t")
        found.setdefault(path, set()).add(int(facts.split()[2]))
    return found


def staged(root: Path, path: str, stage: int) -> str:
    return git(root, "show", f":{stage}:./{path}")


def merged_commits(root: Path) -> tuple[str, ...]:
    """Return the base and both sides of the merge that is under way, or that HEAD is; or none."""
    for sides in (("HEAD", "MERGE_HEAD"), ("HEAD^1", "HEAD^2")):
        run = run_git(root, "merge-base", *sides)
        if run.returncode == 0:
            return run.stdout.split()[0], *sides
    return ()


def texts_at(root: Path, commit: str, folder: str) -> dict[str, str]:
    """Return the files of the folder in the commit, by their paths."""
    names = git(root, "ls-tree", "--name-only", "-z", commit, f"./{folder}/").split("\0")[:-1]
    return {name: git(root, "show", f"{commit}:./{name}") for name in names}


def stage(root: Path, paths: Iterable[str]) -> None:
    git(root, "add", "--force", "--", *paths)  # a person may ignore what a template brings


def known(root: Path, paths: Iterable[str]) -> set[str]:
    """Return the files of these that Git has in any state; none outside of a repository."""
    return listed(root, paths)


def unseen(root: Path, paths: Iterable[str]) -> set[str]:
    """Return those whose text no commit and no index has; none outside of a repository."""
    return listed(root, paths, "--others", "--modified")


def listed(root: Path, paths: Iterable[str], *options: str) -> set[str]:
    run = run_git(root, "ls-files", "-z", *options, "--", *paths)
    return {*paths}.intersection(run.stdout.split("\0"))


def run_git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", *arguments]
    try:
        return subprocess.run(  # noqa: S603
            command,
            cwd=root,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="surrogateescape",
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 255, "", "git is missing: install it.")


def git(root: Path, *arguments: str) -> str:
    run = run_git(root, *arguments)
    if run.returncode:
        raise RefusedError(run.stderr.strip())
    return run.stdout
