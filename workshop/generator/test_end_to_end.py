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
from itertools import combinations
from pathlib import Path

import pytest

from scaffold.apply.gates import PYTEST, SUITE
from scaffold.spec.feature import Feature
from scaffold.spec.parts import load_capabilities
from scaffold.spec.records import load_features
from workshop.generator.trees import copy_tree, snapshot

COMMAND = [sys.executable, "-m", "scaffold"]
CUSTOMER = ["add", "customer", "name:str:unique:max=40", "rank:int:optional"]
WORDS = {
    "access": (
        r"(?i)\b((models|services)[./]owned|services[./]callers|ownedservice|provide_owned|callerdep"
        r"|administrators?|logins?|token_required|caller_?memory\w*|hash_password|pwdlib|python-multipart)\b"
    ),
    "metrics": r"(?i)\b(prometheus\w*|/metrics|api[./]metrics)\b",
}
"""By which a left out capability could still be known; the gates are for its code."""
GENERATOR = ("scaffold/", "docs/features.md", "docs/capabilities.md")
"""It stays the same, with its pages."""
CAPABILITIES = load_capabilities(Path())
COMBINATIONS = [
    names for length in range(len(CAPABILITIES) + 1) for names in combinations(CAPABILITIES, length)
]


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
    template = root / "scaffold/write/templates/service.py.jinja"
    template.write_text(
        template.read_text(encoding="utf-8") + "    response = int\n", encoding="utf-8"
    )
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
    # After a SIGKILL, it is the next run that does it, unless that only looks.
    subprocess.run([*COMMAND, "list"], cwd=root, check=True)
    assert (root / "src/models/customer.py").exists() == (number == signal.SIGKILL)
    subprocess.run([*COMMAND, "remove", "customer"], cwd=root, check=False)

    assert snapshot(root) == before


@pytest.mark.parametrize("left_out", COMBINATIONS, ids=" and ".join)
def test_blank_tree_is_a_whole_service_that_speaks_of_nothing_it_lacks(
    root: Path, left_out: tuple[str, ...]
) -> None:
    features = load_features(root)

    options = [word for name in left_out for word in ("--without", name)]
    subprocess.run([*COMMAND, "blank", *options], cwd=root, check=True)

    kept = load_features(root)
    examples = spellings_of(each for name, each in features.items() if name not in kept)
    words = [WORDS[name] for name in left_out]
    assert list(mentions(root, [*examples, *words])) == []
    for module in (["mypy"], [*PYTEST, *SUITE]):
        subprocess.run([sys.executable, "-m", *module], cwd=root, check=True)


def mentions(root: Path, spellings: Iterable[str]) -> Iterable[str]:
    patterns = [re.compile(spelling) for spelling in spellings]
    for path, (content, _) in snapshot(root).items():
        if not path.startswith(GENERATOR) and b"\0" not in content:
            found = [each[0] for pattern in patterns for each in pattern.finditer(content.decode())]
            yield from (f"{path}: {each}" for each in found)


def spellings_of(features: Iterable[Feature]) -> Iterable[str]:
    """As code and commands have them: by itself, a name may be a word of plain English."""
    for feature in features:
        one, all_ = feature.name, feature.plural
        yield from (
            rf"\b{feature.class_name}([A-Z]\w*|\.[a-z]\w*)",
            rf"/{feature.path}\b",
            rf"`({one}|{all_})`",
            rf"\b({one}_id|{one}:ref|({one}|{all_})\.(py|toml|router))\b",
            rf"\b(create|delete|get|list|new|test|update|whole)_({one}|{all_})\b",
            rf"\b(models|schemas|services|routes)[./]({one}|{all_})\b",
            rf"\b{all_.upper()}\b",
        )
