"""Child processes: without secrets, in a session of their own, killed with all they have started."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from src.models.storable import JSON_BYTES

KEPT_VARIABLES = ("HOME", "LANG", "PATH", "TMPDIR")
"""The variables that a child inherits: no addresses and no secrets."""
LINE_BYTES = 2 * JSON_BYTES
"""Most bytes of a line of a child, unless it says otherwise."""


async def start(module: str, *arguments: str, line_bytes: int = LINE_BYTES) -> Process:
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments, str(os.getpid())),
        stdin=PIPE,
        stdout=PIPE,
        limit=line_bytes,
        start_new_session=True,
        env=kept | {"OMP_NUM_THREADS": "1"},
    )


async def kill(child: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()
