"""The proof of a change: each gate is a command, and all of them run at the same time."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from scaffold.apply.report import progress, seconds_of
from scaffold.apply.tree import JOURNAL

POLL_SECONDS = 0.01
SUITE = ("tests/unit", "tests/integration", "tests/e2e", "tests/performance")
PYTEST = ("pytest", "-q", "--tb=short")


class GateError(Exception):
    def __init__(self, gate: str, output: str) -> None:
        super().__init__(f"{gate} failed:\n\n{output}")


class Gate(NamedTuple):
    name: str
    command: Sequence[str]


def gates_for(paths: Sequence[str], *, postgres: bool) -> list[Gate]:
    """Return what has to hold after these files were written."""
    modules = [path for path in paths if path.endswith(".py")]
    tests = [path for path in modules if path.startswith(SUITE) and "/test_" in path]
    gates = [*format_gates(*modules), python("types", "mypy")]
    for where, options in {"SQLite": [], "PostgreSQL": ["--postgres"]}.items():
        if options and not postgres:
            continue
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


def format_gates(*arguments: str) -> list[Gate]:
    return [
        python("format", "ruff", "format", "--check", *arguments),
        python("lint", "ruff", "check", "--quiet", *arguments),
    ]


def migrations(where: str, *options: str) -> Gate:
    return python(f"migrations on {where}", "scaffold.migrate.try_out", *options)


def python(name: str, *module: str) -> Gate:
    return Gate(name, [sys.executable, "-m", *module])


def prove(root: Path, gates: Sequence[Gate]) -> dict[str, float]:
    """Return the seconds of each gate. The first that fails ends the others: `GateError`."""
    with progress() as display, ExitStack() as stack:
        tasks = {display.add_task(gate.name, total=1): gate for gate in gates}
        running = {task: stack.enter_context(_running(root, gate)) for task, gate in tasks.items()}
        while running:
            ended = [task for task, (process, _) in running.items() if process.poll() is not None]
            for task in ended:
                process, output = running.pop(task)
                if process.returncode:
                    raise GateError(tasks[task].name, _text_of(output))
                display.update(task, completed=1)
            time.sleep(POLL_SECONDS)
    return seconds_of(display)


@contextmanager
def _running(root: Path, gate: Gate) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    # The tests take longest: the others leave them a processor.
    nice = [] if "pytest" in gate.command else ["nice"]
    with TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603  # our own commands
            [*nice, *gate.command],
            cwd=root,
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
