"""Files in a folder."""

import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from src.files.digests import BLOCK_BYTES, Block
from src.files.errors import FullError, away, gone
from src.files.store import PARTS, address_of, is_part
from src.files.threads import in_thread, opened

SPARE_BYTES = 100_000_000
"""Room on the disk that no file takes."""
SYNC_BYTES = 33_554_432
"""Bytes after which they are synced: all at the end would hold up others that use the disk."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def _failures() -> Iterator[None]:
    """Raise errors that clients understand."""
    try:
        yield
    except OSError as error:
        raise (FullError() if error.errno in _FULL else away(error)) from error


class Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._promised = 0
        """Bytes that uploads have announced and not yet written."""

    async def write(self, part: str, blocks: AsyncIterator[Block], size: int) -> None:
        free = await in_thread(self._free)
        if free < size + self._promised + SPARE_BYTES:
            raise FullError
        self._promised += size
        try:
            async with opened(lambda: self._begin(part)) as file:
                async for block in blocks:
                    written = await in_thread(_append, file, block)
                    self._promised -= written
                    size -= written
                await in_thread(_sync, file)
        finally:
            self._promised -= size

    async def keep(self, part: str, md5: str) -> None:
        await in_thread(self._keep, part, md5)

    async def drop(self, part: str) -> None:
        """Delete a part, if the folder lets us; otherwise it is purged later."""
        with suppress(OSError):
            await in_thread(self._part(part).unlink, missing_ok=True)

    @asynccontextmanager
    async def read(self, md5: str, start: int, end: int) -> AsyncIterator[AsyncIterator[bytes]]:
        async with opened(lambda: self._content(md5)) as file:
            yield _blocks(file, start, end)

    async def has(self, md5: str) -> bool:
        return await in_thread(self.path_of(md5).exists)

    async def delete(self, md5: str) -> None:
        await in_thread(self.path_of(md5).unlink, missing_ok=True)

    async def drop_older(self, than: datetime) -> int:
        return await in_thread(self._drop_older, than.timestamp())

    def path_of(self, md5: str) -> Path:
        return self._folder / address_of(md5)

    def _part(self, part: str) -> Path:
        return self._folder / PARTS / part

    @_failures()
    def _begin(self, part: str) -> BinaryIO:
        return self._part(part).open("xb")

    @_failures()
    def _content(self, md5: str) -> BinaryIO:
        try:
            return self.path_of(md5).open("rb")
        except FileNotFoundError:
            raise gone(md5) from None

    @_failures()
    def _free(self) -> int:
        self._folder.joinpath(PARTS).mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self._folder).free

    @_failures()
    def _keep(self, part: str, md5: str) -> None:
        path = self.path_of(md5)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._part(part).replace(path)
        # A name outlasts a failure of the machine once its folder is synced, and so does a folder.
        for folder in path.parents[:4]:
            _sync_folder(folder)

    def _drop_older(self, than: float) -> int:
        dropped = 0
        with suppress(FileNotFoundError), os.scandir(self._folder / PARTS) as parts:
            for each in parts:
                with suppress(FileNotFoundError):  # its upload has ended
                    if is_part(each.name) and each.stat().st_mtime < than:
                        os.unlink(each)
                        dropped += 1
        return dropped


@_failures()
def _append(file: BinaryIO, block: Block) -> int:
    file.writelines(block)
    size = sum(map(len, block))
    if file.tell() % SYNC_BYTES < size:
        _sync(file)
    return size


@_failures()
def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _blocks(file: BinaryIO, start: int, end: int) -> AsyncIterator[bytes]:
    while start < end:
        block = await in_thread(os.pread, file.fileno(), min(BLOCK_BYTES, end - start), start)
        if not block:
            msg = "A stored content is shorter than its row says."
            raise EOFError(msg)
        start += len(block)
        yield block


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
