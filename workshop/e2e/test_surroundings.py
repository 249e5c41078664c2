"""Proxies and encodings of the machine change nothing: all code says which it means."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

FOLDERS = ("src", "alembic", "tests", "scaffold", "workshop", "examples", "notebooks")
FILES = [path for folder in FOLDERS for path in sorted(Path(folder).rglob("*.py"))]
CLIENTS = {"Client", "AsyncClient", "httpx.get", "httpx.post", "httpx.request", "urlopen"}
PROXIES = {"transport", "trust_env", "mounts", "httpx_args"}
TEXTS = {"read_text": 1, "write_text": 2}
"""How many arguments these have if the encoding is one of them."""
BINARY = re.compile(r"'[arwx+]*b[arwx+]*'|O_\w+")
PROCESSES = {"run", "Popen", "check_output"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call, set[str | None]]]:
    """Yield where each call is, itself, and its named arguments. Nothing awaited is a file."""
    nodes = [*ast.walk(ast.parse(path.read_bytes()))]
    awaited = [node.value for node in nodes if isinstance(node, ast.Await)]
    for node in nodes:
        if isinstance(node, ast.Call) and node not in awaited:
            yield f"{path}:{node.lineno}", node, {each.arg for each in node.keywords}


def name_of(call: ast.Call) -> str:
    return ast.unparse(call.func).removeprefix("httpx.Client.")


def goes_past_no_proxy(call: ast.Call, named: set[str | None]) -> bool:
    names = {name_of(call), name_of(call).removeprefix("httpx.")}
    return bool(names & CLIENTS) and not named & PROXIES


def lacks_encoding(call: ast.Call, named: set[str | None]) -> bool:
    name = name_of(call).rpartition(".")[2]
    if "encoding" in named:
        return False
    if name in TEXTS:
        return len(call.args) < TEXTS[name]
    if name in PROCESSES:
        return bool(named & {"text", "universal_newlines"})
    if name == "open" and not name_of(call).startswith(("WITHOUT_PROXY.", "os.")):
        return not any(BINARY.fullmatch(ast.unparse(each)) for each in call.args[-1:])
    return False


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("is_fault", [goes_past_no_proxy, lacks_encoding])
def test_code_says_what_it_takes_from_its_surroundings(
    folder: str, is_fault: Callable[[ast.Call, set[str | None]], bool]
) -> None:
    files = [path for path in FILES if path.parts[0] == folder]
    found = [each for path in files for each in calls(path)]

    assert [where for where, call, named in found if is_fault(call, named)] == []


def test_tests_of_processes_pass_behind_a_proxy_in_an_old_locale() -> None:
    """Nothing listens at port 9; no locale of this name has to exist."""
    surroundings = {"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}
    old = {"LC_ALL": "C", "LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    tests = ["tests/e2e", "tests/unit", "tests/integration/test_documentation.py"]
    # Such a locale cannot even write some of its variables.
    command = ["pytest", "-q", "--ignore", "tests/unit/test_spellings.py", *tests]
    finished = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-m", *command],
        env=os.environ | surroundings | old,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert finished.returncode == 0, finished.stdout[-3000:]
