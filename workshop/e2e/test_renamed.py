"""A folder that was renamed still works: the scripts of its virtual environment do not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(sys.executable).parent
QUICK = "ARGS=-q -n 0 tests/unit/test_ids.py"


@pytest.mark.parametrize(
    ("makefile", "programs"), [("Makefile", set()), ("workshop/Makefile", {"jscpd"})]
)
def test_tools_are_run_as_modules(makefile: str, programs: set[str]) -> None:
    """Only a program that is no script of Python's can be run otherwise."""
    text = Path(makefile).read_text(encoding="utf-8")

    assert {*re.findall(r"\$\(BIN\)/(\w+)", text)} == {"python"} | programs


def test_targets_work_after_the_folder_was_renamed(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    subprocess.run(["git", "clone", "--quiet", ".", before], check=True)
    make(before, "test", QUICK)

    before.rename(after)

    make(after, "test", QUICK)
    make(after, "format")
    make(after, "run", "ARGS=--help")


def make(folder: Path, *arguments: str) -> None:
    # Found first, uv installs from its cache what pip would compile and copy.
    environment = os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    subprocess.run(["make", *arguments], cwd=folder, env=environment, check=True)
