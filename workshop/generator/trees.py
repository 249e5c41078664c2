"""Copies of the tree, and all that is in them."""

import shutil
from pathlib import Path

IGNORED = (".git", ".venv*", ".hypothesis", ".*_cache", "__pycache__", "*.db*", ".env")
CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")

type Snapshot = dict[str, tuple[bytes, int]]


def copy_tree(target: Path) -> Path:
    shutil.copytree(".", target, ignore=shutil.ignore_patterns(*IGNORED))
    return target


def snapshot(root: Path) -> Snapshot:
    """Content and mode of every file, but for caches."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not set(CACHES) & set(path.parts)
    }
