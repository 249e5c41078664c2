"""The proof of a change: each gate is a command, and all of them run at the same time."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from shlex import quote
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from scaffold.apply.before import failed_before
from scaffold.apply.journal import JOURNAL
from scaffold.apply.report import finish, progress, seconds_of, warn

POLL_SECONDS = 0.01
SUITE = ("tests/unit", "tests/integration", "tests/e2e", "tests/performance")
PYTEST = ("pytest", "-q", "--tb=short")


class GateError(Exception):
    def __init__(self, gate: str, output: str) -> None:
        super().__init__(f"{gate} failed:\n\n{output}")


class Gate(NamedTuple):
    name: str
    command: Sequence[str]


def gates_for(paths: Sequence[str], *, postgres: bool, alone: bool = False) -> list[Gate]:
    """Return what has to hold after these files were written; ``alone`` if no test knew them."""
    modules = [path for path in paths if path.endswith(".py")]
    tests = [path for path in modules if path.startswith(SUITE) and "/test_" in path]
    types = ["src", *(path for path in modules if not path.startswith("src/"))] if alone else []
    gates = [*format_gates(*modules), python("types", "mypy", *types)]
    for where, options in databases(postgres=postgres).items():
        gates += [migrations(where, *options)]
        gates += [python(f"tests on {where}", *PYTEST, *options, *tests)] if tests else []
    return gates


def blank_gates(root: Path, *, postgres: bool) -> list[Gate]:
    """Return what a whole tree has to hold, as far as that takes seconds."""
    gates = [
        python("unit tests", *PYTEST, "tests/unit"),
        python("imports of all tests", *PYTEST, "--collect-only", *SUITE),
        *format_gates("--extend-exclude", str(JOURNAL)),
        migrations("SQLite"),
    ]
    gates += [migrations("PostgreSQL", "--postgres")] if postgres else []
    # Without its cache, mypy takes half a minute: then it is left to `make check`.
    return [*gates, python("types", "mypy")] if (root / ".mypy_cache").exists() else gates


def all_gates(*, postgres: bool) -> list[Gate]:
    """Return what a whole tree has to hold."""
    parallel = ("--numprocesses", "auto", "--dist", "worksteal")
    gates = [*format_gates(), python("types", "mypy")]
    for where, options in databases(postgres=postgres).items():
        gates.append(migrations(where, *options))
        gates.append(python(f"tests on {where}", *PYTEST, *parallel, *options))
    return gates


def databases(*, postgres: bool) -> dict[str, list[str]]:
    return {"SQLite": [], **({"PostgreSQL": ["--postgres"]} if postgres else {})}


def lock_gate() -> Gate:
    """Compile the lock files by the packages that are here, whatever they say."""
    lock = f"make --silent lock VENV={quote(sys.prefix)} -o {quote(sys.prefix)}/.development"
    # Fewer packages are locked from the cache of those that were there; else from the registry.
    return Gate("locks", ["sh", "-c", f"UV_OFFLINE=1 {lock} 2>/dev/null || {lock}"])


def format_gates(*arguments: str) -> list[Gate]:
    return [
        python("format", "ruff", "format", "--check", *arguments),
        python("lint", "ruff", "check", "--quiet", "--output-format", "concise", *arguments),
    ]


def migrations(where: str, *options: str) -> Gate:
    return python(f"migrations on {where}", "scaffold.migrate.try_out", *options)


def python(name: str, *module: str) -> Gate:
    return Gate(name, [sys.executable, "-m", *module])


def prove(root: Path, gates: Sequence[Gate]) -> dict[str, float]:
    """Return the seconds of each gate. The first that fails ends the others: `GateError`."""
    older = {}
    with progress() as display, ExitStack() as stack:
        tasks = {display.add_task(gate.name, total=1): gate for gate in gates}
        running = {task: stack.enter_context(_running(root, gate)) for task, gate in tasks.items()}
        while running:
            ended = [task for task, (process, _) in running.items() if process.poll() is not None]
            for task in ended:
                process, output = running.pop(task)
                gate, text = tasks[task], _text_of(output)
                if process.returncode and not failed_before(root, gate.command, text):
                    raise GateError(gate.name, text)
                if process.returncode:
                    older[gate.name] = text
                finish(display, task)
            time.sleep(POLL_SECONDS)
    for name, text in older.items():
        warn(f"{name} failed before this change, too, which does not stop it:\n{text}")
    return seconds_of(display)


@contextmanager
def _running(root: Path, gate: Gate) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    # The tests take longest: the others leave them a processor.
    nice = [] if "pytest" in gate.command else ["nice"]
    with TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603  # our own commands
            [*nice, *gate.command],
            cwd=root,
            # Many images of Python keep no bytecode: each gate would compile all files anew.
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches it once: through us
        )
        try:
            yield process, output
        finally:
            # As a person would end it, so that it drops the databases that it has made.
            process.send_signal(signal.SIGINT)
            process.wait()


def _text_of(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace").strip()
