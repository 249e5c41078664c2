"""Processes that tests have started, and what those have started."""

import os
import sys
from pathlib import Path


def is_running(pid: int) -> bool:
    """Return whether the process runs; one that is dead and not yet waited for does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # there is no such folder, or it has just gone
        return sys.platform != "linux"
    return state.split()[0] != "Z"


def guarded_by(pid: int) -> int:
    """Return the id of the only process that a process has started, on Linux."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return int(child)
