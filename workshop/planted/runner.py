"""Plants a fault into a copy of the tree and asks the contract's tests to find it."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COPIED = ["src", "tests", "alembic", "alembic.ini", "pyproject.toml"]
PLACES = ["src/**/*.py", "tests/thing_parts.py"]
TESTS = tuple(
    f"tests/integration/test_{feature}.py"
    for feature in ("projects", "thing_parts", "experiments", "users")
)
PYTEST = [
    *(sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "--show-capture=no"),
    *("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:hypothesispytest"),
]
SECONDS = 180


class Fault(NamedTuple):
    name: str
    old: str
    new: str
    tests: tuple[str, ...] = TESTS
    """Arguments of pytest."""


NO_FAULT = Fault("no fault", "", "")


class Result(NamedTuple):
    fault: Fault
    found_by: str = ""
    why_not: str = ""
    passed: bool = False

    def __str__(self) -> str:
        return f"{self.fault.name:48} {self.found_by or f'NOT FOUND: {self.why_not}'}"


def copy_tree(folder: Path) -> None:
    for name in COPIED:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def judged(fault: Fault, tree: Path) -> Result:
    """Plant the fault, run the tests and take the fault out again."""
    paths = [path for place in PLACES for path in tree.glob(place)]
    fitting = [path for path in paths if path.read_text(encoding="utf-8").count(fault.old) == 1]
    if len(fitting) != 1:
        return Result(fault, why_not=f"fits {len(fitting)} files, not 1")
    with planted(fault, fitting[0]):
        return run(fault, tree)


@contextmanager
def planted(fault: Fault, path: Path) -> Iterator[None]:
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(fault.old, fault.new), encoding="utf-8")
    yield
    path.write_text(before, encoding="utf-8")


def run(fault: Fault, tree: Path) -> Result:
    try:
        done = subprocess.run(  # our own tests
            [*PYTEST, *fault.tests],
            cwd=tree,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        return Result(fault, why_not=f"no end within {SECONDS} seconds")
    failed = re.search(r"^FAILED \S+?(\w+)(?:\.py)?::(\w+)(?:\[| |$)", done.stdout, re.MULTILINE)
    if done.returncode == 1 and failed:
        return Result(fault, found_by=f"{failed[1]}.{failed[2]}")
    if done.returncode == 0:
        return Result(fault, why_not="all tests pass", passed=True)
    last_line = (done.stdout + done.stderr).strip().rpartition("\n")[2]
    return Result(fault, why_not=f"no test ran: {last_line}")
