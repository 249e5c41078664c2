"""Runs code in a child process with limits: what computes on users' data, or blocks."""

import json
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from src.jobs.errors import ChildError, JobError
from src.jobs.processes import kill, start
from src.schemas.job import Json

KILLED = (
    "The process of the job was killed, which may be for want of memory: retry the job, with less"
    " data or a larger worker if this happens again."
)
ENDED = (
    "The process of the job ended without a result, which a retry will not change: the log of the"
    " worker may say why."
)

type Hear = Callable[[Json], Awaitable[None]]


class Told(Protocol):
    """Receive the progress of a child, as `Work` does."""

    def progress(
        self, done: float | None = None, total: float | None = None, message: str | None = None
    ) -> None: ...


async def _ignore(_: Json) -> None:
    """Let the child tell more than the kind listens for."""


async def run_in_child(
    work: Told, module: str, request: Json, *, memory_bytes: int = 2**31, hear: Hear = _ignore
) -> Json:
    """Call ``run(request, report)`` of a module in a process of its own, and return its result.

    ``report(done, total, message)`` tells the progress, and ``report.news(...)`` what ``hear`` is
    given; the child waits while it is busy. If this is cancelled, the process is killed with all
    that it has started. Raises `JobError` if the code does, and if the process dies; `ChildError`
    for any other exception.
    """
    child = await start("src.jobs.child_main", module, str(memory_bytes))
    try:
        return await _talk(child, work, request, hear)
    finally:
        await kill(child)


async def _talk(child: Process, work: Told, request: Json, hear: Hear) -> Json:
    assert child.stdin  # noqa: S101  # both are pipes
    assert child.stdout  # noqa: S101
    with suppress(ConnectionError):  # it has died
        child.stdin.write(json.dumps(request).encode())
        child.stdin.write_eof()
    result: Json | None = None
    try:
        async for line in child.stdout:
            match json.loads(line):
                case {"progress": [done, total, message]}:
                    work.progress(done, total, message)
                case {"news": dict(news)}:
                    await hear(news)
                case {"result": dict(result)}:
                    pass
                case {"error": [str(code), str(reason), bool(again)]}:
                    raise JobError(code, reason, again=again)
                case {"unexpected": str(trace)}:
                    raise ChildError(trace)
    except ValueError as error:
        msg = "A line of the child process is too long, or not JSON."
        raise JobError("child", msg) from error
    status = await child.wait()
    if result is None:
        raise JobError("child", KILLED if status < 0 else ENDED, again=status < 0)
    return result
