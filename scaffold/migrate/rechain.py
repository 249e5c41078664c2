"""Migrations of several branches, made one line."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from alembic.script import Script, ScriptDirectory

from scaffold.migrate.history import is_applied
from scaffold.spec.records import FOLDER, load_features, record


def with_one_head(root: Path) -> dict[str, str]:
    """Let the first migration of each branch follow the head of the one before.

    Branches that the database has come first, then those whose first migration is older.
    """
    branches = sorted(branches_in(root), key=lambda each: (not _has(root, each), each[0].path))
    files: dict[str, str] = {}
    for before, branch in pairwise(branches):
        files |= _following(root, branch[0], before[-1].revision)
    return files


def branches_in(root: Path) -> list[list[Script]]:
    """Return what each head has alone, from the oldest migration to the head."""
    scripts = ScriptDirectory(str(root / "alembic"))
    lines = [[*scripts.iterate_revisions(head, "base")][::-1] for head in scripts.get_heads()]
    return [
        [each for each in line if not any(each in other for other in lines if other is not line)]
        for line in lines
    ]


def _has(root: Path, branch: Sequence[Script]) -> bool:
    return is_applied(root, branch[0].revision)


def _following(root: Path, script: Script, revision: str) -> dict[str, str]:
    path = Path(script.path).resolve()
    line = r"^(down_revision:.*) = .*$"
    text = re.sub(line, rf'\1 = "{revision}"', path.read_text(), flags=re.MULTILINE)
    records = {
        f"{FOLDER}/{name}.toml": record(replace(feature, down_revision=revision))
        for name, feature in load_features(root).items()
        if feature.revision == script.revision
    }
    return {str(path.relative_to(root.resolve())): text, **records}
