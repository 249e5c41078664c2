"""The generator as a person runs it, with all its gates."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from scaffold.gates import PYTEST
from scaffold.plans import KEPT
from scaffold.records import load_features
from scaffold.spec import Feature
from tests.scaffold.trees import copy_tree, snapshot

COMMAND = [sys.executable, "-m", "scaffold"]
CUSTOMER = ["add", "customer", "name:str:unique:max=40", "rank:int:optional"]
SUITE = [f"tests/{each}" for each in ("unit", "integration", "performance", "e2e")]


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


def test_blank_tree_is_a_whole_service_that_speaks_of_no_feature(root: Path) -> None:
    examples = [each for each in load_features(root).values() if each.name not in KEPT]

    subprocess.run([*COMMAND, "blank"], cwd=root, check=True)

    assert list(mentions(root, examples)) == []
    # The types were a gate of the command.
    for module in (["ruff", "check"], ["ruff", "format", "--check"], [*PYTEST, *SUITE]):
        subprocess.run([sys.executable, "-m", *module], cwd=root, check=True)


def mentions(root: Path, features: Iterable[Feature]) -> Iterable[str]:
    spellings = [re.compile(spelling) for each in features for spelling in spellings_of(each)]
    for path, (content, _) in snapshot(root).items():
        if not path.startswith("tests/scaffold/") and b"\0" not in content:
            found = [
                each[0] for spelling in spellings for each in spelling.finditer(content.decode())
            ]
            yield from (f"{path}: {each}" for each in found)


def spellings_of(feature: Feature) -> list[str]:
    """As code and commands have them: by itself, a name may be a word of plain English."""
    one, all_ = feature.name, feature.plural
    return [
        rf"\b{feature.class_name}([A-Z]\w*|\.[a-z]\w*)",
        rf"/{feature.path}\b",
        rf"`({one}|{all_})`",
        rf"\b({one}_id|{one}:ref|({one}|{all_})\.(py|toml|router))\b",
        rf"\b(create|delete|get|list|new|test|update|whole)_({one}|{all_})\b",
        rf"\b(models|schemas|services|routes)[./]({one}|{all_})\b",
        rf"\b{all_.upper()}\b",
    ]
