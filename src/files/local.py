"""Contents as files of this machine, for programs that want a path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from src.files.digests import in_blocks
from src.files.errors import gone
from src.files.folder import Folder
from src.files.store import LocalStore, Store, new_part
from src.files.threads import in_thread


@asynccontextmanager
async def local(store: Store, md5: str, size: int) -> AsyncIterator[Path]:
    """Yield the path of a content, which is downloaded to a private folder if it is far away.

    Raises `GoneError`.
    """
    if isinstance(store, LocalStore):
        if not await store.has(md5):
            raise gone(md5)
        yield store.path_of(md5).absolute()
        return
    async with private_folder() as folder:
        copies = Folder(folder)
        async with new_part(copies) as part:
            async with store.read(md5, 0, size) as blocks:
                await copies.write(part, in_blocks(blocks), size)
            await copies.keep(part, md5)
        yield copies.path_of(md5)


@asynccontextmanager
async def private_folder() -> AsyncIterator[Path]:
    """Yield a folder that nobody else can read, and that is gone after the block."""
    folder = await in_thread(TemporaryDirectory, prefix="service-")
    try:
        yield Path(folder.name)
    finally:
        await in_thread(folder.cleanup)
