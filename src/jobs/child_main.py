"""The child process of `src.jobs.child`: ``python -m src.jobs.child_main MODULE BYTES PARENT``.

It imports nothing of the service but what the module itself needs.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import traceback
from importlib import import_module
from typing import NoReturn, TextIO

from src.jobs.errors import JobError
from src.jobs.report import Report

PR_SET_PDEATHSIG = 1
TRACE = 10_000
"""The most characters of a traceback, of which the last ones say most."""


def go_on_guarded(worker: int) -> None:
    """Go on in a process whose guard kills the whole group when the worker dies, on Linux.

    The system can tell only the worker's own child. That is the guard, which does nothing but wait:
    code that computes may not hear of a signal for long. Elsewhere the code goes on; nobody reads
    what it finds, since the lease of its job runs out.
    """
    if sys.platform != "linux":
        return
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    signal_at_end_of(worker, signal.SIGTERM)
    guard = os.getpid()
    if process := os.fork():
        end_as(process)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal_at_end_of(guard, signal.SIGKILL)


def signal_at_end_of(parent: int, number: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before
        sys.exit(1)


def end_as(process: int) -> NoReturn:
    """Wait for a child and end in its way."""
    os.closerange(0, 2)  # the worker reads answers until nobody can write any
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status < 0:
        os.kill(os.getpid(), -status)
    os._exit(status)


def limit_memory(most: int) -> None:
    """Limit the address space; macOS does not."""
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def own_answers() -> TextIO:
    """Return the way to the parent. Output of libraries goes to the log, since it is no answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    return answers


def main(module: str, memory_bytes: str, parent: str) -> None:
    go_on_guarded(int(parent))
    limit_memory(int(memory_bytes))
    answers = own_answers()

    def tell(**answer: object) -> None:
        print(json.dumps(answer), file=answers)

    def tell_error(error: JobError) -> None:
        tell(error=[error.code, error.reason, error.again])

    try:
        tell(result=import_module(module).run(json.load(sys.stdin), Report(tell)))
    except JobError as error:
        tell_error(error)
    except MemoryError:
        mebibytes = int(memory_bytes) // 2**20
        tell_error(JobError("memory", f"The job needs more than {mebibytes} MiB."))
    except Exception:  # noqa: BLE001  # whatever it is, the worker logs it with the job's id
        tell(unexpected=traceback.format_exc()[-TRACE:])


if __name__ == "__main__":
    main(*sys.argv[1:])
