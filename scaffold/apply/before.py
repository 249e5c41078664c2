"""Finds the faults that the tree had before the change."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scaffold.apply.copies import copy_code
from scaffold.apply.journal import roll_back

FAULT = re.compile(r"\.py:\d+:|\w+Error: |detected: ")


def failed_before(root: Path, command: Sequence[str], output: str) -> bool:
    """Tell whether the tree without the change fails in the same ways."""
    if "pytest" in command:
        return False
    with TemporaryDirectory() as folder:
        before = Path(folder, "tree")
        copy_code(root, before)
        roll_back(before)
        old = subprocess.run(command, cwd=before, capture_output=True, check=False)  # noqa: S603  # our own commands
    now = faults_in(output)
    return bool(now) and now <= faults_in((old.stdout + old.stderr).decode(errors="replace"))


def faults_in(output: str) -> set[str]:
    """Return the lines that tell a fault, without its place, which a change moves."""
    return {re.sub(r"\d+", "", line) for line in output.splitlines() if FAULT.search(line)}
