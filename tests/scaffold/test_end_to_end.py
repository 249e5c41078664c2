"""The generator as a person runs it, with all its gates."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scaffold.trees import copy_tree, snapshot

COMMAND = [sys.executable, "-m", "scaffold"]
CUSTOMER = ["add", "customer", "name:str:unique:max=40", "rank:int:optional"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = copy_tree(tmp_path / "tree")
    if Path(".mypy_cache").exists():
        shutil.copytree(".mypy_cache", copy / ".mypy_cache")
    return copy


def test_feature_is_proven_and_goes_without_a_trace(root: Path) -> None:
    before = snapshot(root)

    added = subprocess.run(
        [*COMMAND, *CUSTOMER, "--json"], cwd=root, check=True, capture_output=True
    )
    assert (root / "src/models/customer.py").exists()
    subprocess.run([*COMMAND, "remove", "customer"], cwd=root, check=True)

    assert set(json.loads(added.stdout)["seconds"]) == {
        "plan", "format", "lint", "types", "migrations on SQLite", "tests on SQLite",
    }  # fmt: skip
    assert snapshot(root) == before


def test_feature_that_fails_its_gates_is_taken_back(root: Path) -> None:
    template = root / "scaffold/templates/service.py.jinja"
    template.write_text(template.read_text() + "    response = int\n")
    before = snapshot(root)

    failed = subprocess.run([*COMMAND, *CUSTOMER], cwd=root, check=False, capture_output=True)

    assert failed.returncode == 1
    assert b" failed:" in failed.stderr
    assert b"src/services/customer.py" in failed.stderr
    assert snapshot(root) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_end_in_the_middle_is_taken_back(root: Path, number: signal.Signals) -> None:
    before = snapshot(root)
    process = subprocess.Popen([*COMMAND, *CUSTOMER], cwd=root, start_new_session=True)
    while process.poll() is None and not (root / "scaffold/features/customer.toml").exists():
        time.sleep(0.01)

    os.kill(process.pid, number)
    process.wait()
    # After a SIGKILL, it is the next run that does it.
    subprocess.run([*COMMAND, "list"], cwd=root, check=True)

    assert snapshot(root) == before
