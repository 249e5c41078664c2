"""A copy of the tree has its code, and not what its user keeps beside it."""

from pathlib import Path

import pytest

from scaffold.apply.copies import copy_code
from workshop.generator.trees import snapshot

KEPT = ["src/files/local.py", "scaffold/features/note.toml", "scratch.txt"]
BESIDE = [
    "files/ab/cd.part",
    "notebooks/.data/customers.png",
    "dev.db",
    "dev.db-wal",
    ".git/HEAD",
    ".venv-ops/bin/python",
]


@pytest.mark.parametrize("root", [".", "tree"])
def test_copy_has_the_code_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tree, copy = Path(root), tmp_path.with_name(f"{tmp_path.name}-copy")
    for path in (tree / each for each in (*KEPT, *BESIDE)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff")

    copy_code(tree, copy)

    assert sorted(snapshot(copy)) == sorted(KEPT)
