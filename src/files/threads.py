"""Blocking work on files, away from the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

from anyio import CancelScope

THREADS = 4
"""The number of threads for files: a slow disk must not hold up other work."""
_THREADS = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="files")


async def in_thread[**Given, Result](
    work: Callable[Given, Result], *args: Given.args, **options: Given.kwargs
) -> Result:
    """Run a function in a thread. A cancelled caller waits for its end: it may use an open file."""
    done = asyncio.wrap_future(_THREADS.submit(work, *args, **options))
    try:
        await asyncio.wait([done])
    except asyncio.CancelledError:
        await _ended(done)
        raise
    return done.result()


@asynccontextmanager
async def opened(open_file: Callable[[], BinaryIO]) -> AsyncIterator[BinaryIO]:
    """Open a file in a thread, and close it even if the caller is cancelled meanwhile."""
    files: list[BinaryIO] = []
    try:
        await in_thread(lambda: files.append(open_file()))
        yield files[0]
    finally:
        for each in files:
            each.close()


async def _ended[Result](done: asyncio.Future[Result]) -> None:
    """Wait, however often the caller is cancelled meanwhile. Nobody asks for the result."""
    with CancelScope(shield=True):
        while not done.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
    done.exception()
