"""Size and checksums of bytes that pass by."""

import hashlib
from collections.abc import AsyncIterator
from typing import NamedTuple

from src.files.errors import OtherContentError
from src.files.threads import in_thread

BLOCK_BYTES = 1_048_576
"""Bytes that go to a thread at once: a thread for each part of a body would take more time."""

type Block = list[bytes]
"""Parts of a body as they came: to join them would take longer than to hash them."""


class Digest(NamedTuple):
    size_bytes: int
    sha256: str
    md5: str

    def check(self, size: int | None, sha256: str | None) -> None:
        """Raise `OtherContentError` if the size or the SHA-256 is given and differs."""
        if size not in {None, self.size_bytes} or sha256 not in {None, self.sha256}:
            raise OtherContentError


class Digests:
    """Counts and hashes blocks on their way."""

    def __init__(self) -> None:
        self._size = 0
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # an address, as DVC has them

    async def of(self, blocks: AsyncIterator[Block]) -> AsyncIterator[Block]:
        async for block in blocks:
            await in_thread(self._update, block)
            yield block

    def _update(self, block: Block) -> None:
        for part in block:
            self._size += len(part)
            self._sha256.update(part)
            self._md5.update(part)

    def result(self) -> Digest:
        return Digest(self._size, self._sha256.hexdigest(), self._md5.hexdigest())


async def in_blocks(parts: AsyncIterator[bytes]) -> AsyncIterator[Block]:
    block: Block = []
    size = 0
    async for part in parts:
        block.append(part)
        size += len(part)
        if size >= BLOCK_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block
