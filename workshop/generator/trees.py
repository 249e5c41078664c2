"""Copies of the tree, and all that is in them."""

from pathlib import Path

from scaffold.apply.copies import copy_code

MADE = (".hypothesis", ".*_cache", "__pycache__", ".env")
CACHES = ("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache")

type Snapshot = dict[str, tuple[bytes, int]]


def copy_tree(target: Path) -> Path:
    copy_code(Path(), target, also_without=MADE)
    return target


def snapshot(root: Path) -> Snapshot:
    """Content and mode of every file, but for caches."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not set(CACHES) & set(path.parts)
    }
