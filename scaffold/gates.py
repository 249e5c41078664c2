"""The proof of a change: each gate is a command, and all of them run at the same time."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

POLL_SECONDS = 0.01
SUITE = ("tests/unit", "tests/integration", "tests/e2e", "tests/performance")
# It starts faster without the plugins that only the fuzz tests need.
PYTEST = ("pytest", "-q", "--tb=short", "-p", "no:schemathesis", "-p", "no:hypothesispytest")


class GateError(Exception):
    def __init__(self, gate: str, output: str) -> None:
        super().__init__(f"{gate} failed:\n\n{output}")


class Gate(NamedTuple):
    name: str
    module: Sequence[str]
    """With its arguments, as after `python -m`."""


class Running(NamedTuple):
    process: subprocess.Popen[bytes]
    output: IO[bytes]


def gates_for(paths: Sequence[str], *, postgres: bool) -> list[Gate]:
    """What has to hold after these files were written."""
    modules = [path for path in paths if path.endswith(".py")]
    tests = [path for path in modules if path.startswith(SUITE) and "/test_" in path]
    gates = [
        Gate("format", ["ruff", "format", "--check", *modules]),
        Gate("lint", ["ruff", "check", "--quiet", *modules]),
        Gate("types", ["mypy"]),
    ]
    for where, options in {"SQLite": [], "PostgreSQL": ["--postgres"]}.items():
        if options and not postgres:
            continue
        gates += [Gate(f"migrations on {where}", ["scaffold.migrate", *options])]
        gates += [Gate(f"tests on {where}", [*PYTEST, *options, *tests])] if tests else []
    return gates


def prove(
    root: Path, gates: Sequence[Gate], passed: Callable[[str, float], None]
) -> dict[str, float]:
    """Seconds that each gate took. The first that fails ends the others, with a `GateError`."""
    started, seconds = time.monotonic(), dict[str, float]()
    with _all_running(root, gates) as running:
        while pending := [each for each in running if each not in seconds]:
            for name in pending:
                if (code := running[name].process.poll()) is None:
                    continue
                seconds[name] = time.monotonic() - started
                if code:
                    raise GateError(name, _text_of(running[name].output))
                passed(name, seconds[name])
            time.sleep(POLL_SECONDS)
    return seconds


@contextmanager
def _all_running(root: Path, gates: Sequence[Gate]) -> Iterator[dict[str, Running]]:
    with ExitStack() as stack:
        yield {gate.name: stack.enter_context(_running(root, gate)) for gate in gates}


@contextmanager
def _running(root: Path, gate: Gate) -> Iterator[Running]:
    # The tests take longest: the others leave them a processor.
    nice = [] if gate.module[0] == "pytest" else ["nice"]
    with TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603  # our own commands
            [*nice, sys.executable, "-m", *gate.module],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl-C reaches it once: through us
        )
        try:
            yield Running(process, output)
        finally:
            # As a person would end it, so that it drops the databases that it has made.
            process.send_signal(signal.SIGINT)
            process.wait()


def _text_of(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace").strip()
