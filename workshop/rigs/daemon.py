"""Components in the foreground, as a user without rights, each in a folder of its own."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from workshop.rigs.clients import HOST, until

START_SECONDS = 30
STOP_SECONDS = 10
USER = "nobody" if os.geteuid() == 0 else None
"""Runs what refuses to run as root; None means the user of the tests."""


@contextmanager
def own_folder(user: str | None = USER) -> Iterator[Path]:
    """Yield a folder of that user: pytest's folders are closed to everybody else."""
    with TemporaryDirectory(prefix="rig-") as name:
        if user:
            shutil.chown(name, user)
        yield Path(name)


@asynccontextmanager
async def daemon(folder: Path, port: int, *command: str) -> AsyncIterator[None]:
    """Run a command as the owner of its folder until the end of the block, which begins when it
    listens.
    """
    log = folder / "output.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdout=output, stderr=output, user=folder.owner()
        )

    async def listens() -> bool:
        assert process.returncode is None, log.read_text(encoding="utf-8")
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, port)
            writer.transport.abort()
            return True
        return False

    try:
        await until(listens, START_SECONDS)
        yield
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
