"""The interface of a store, which holds the contents of files."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable
from uuid import uuid4

from src.files.digests import Block

PARTS = "tmp"
"""Where an upload grows."""
_PART = re.compile("[0-9a-f]{32}|[0-9a-f-]{36}")


class Store(Protocol):
    """Parts grow under a name of ours; a whole part becomes a content at its address, an MD5."""

    async def write(self, part: str, blocks: AsyncIterator[Block], size: int) -> None:
        """Write a part; nothing of it is lost if the machine fails afterwards.

        ``size`` is what the client has announced. Raises `FullError`.
        """

    async def keep(self, part: str, md5: str) -> None:
        """Turn a part into the content with this address, which may be there already."""

    async def drop(self, part: str) -> None:
        """Delete a part, if it is there."""

    def read(
        self, md5: str, start: int, end: int
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open a content and yield the bytes from ``start`` to before ``end``."""

    async def has(self, md5: str) -> bool:
        """Return whether a content is there."""

    async def delete(self, md5: str) -> None:
        """Delete a content, if it is there."""

    async def drop_older(self, than: datetime) -> int:
        """Delete parts that nobody has written to since, and return their number."""


@runtime_checkable
class DirectStore(Store, Protocol):
    """A store to which clients can send an upload by themselves."""

    async def upload_url(self, upload: str) -> str:
        """Return an address that takes an upload for some time."""

    async def take(self, upload: str, part: str) -> int | None:
        """Copy an upload to a part, out of its client's reach; return its size, if it is there."""

    def read_part(self, part: str, size: int) -> AsyncIterator[bytes]:
        """Yield the bytes of a part."""


@runtime_checkable
class LocalStore(Store, Protocol):
    """A store whose contents are files of this machine."""

    def path_of(self, md5: str) -> Path:
        """Return where a content is, if it is there."""


def is_part(name: str) -> bool:
    """Return whether this is the name of a part of ours, or of a direct upload, which is a UUID."""
    return _PART.fullmatch(name) is not None


def address_of(md5: str) -> str:
    """Return where a content is, as in a remote of DVC 3."""
    return f"files/md5/{md5[:2]}/{md5[2:]}"


@asynccontextmanager
async def new_part(store: Store) -> AsyncIterator[str]:
    """Yield the name of a part, which is gone after the block unless it was kept."""
    part = uuid4().hex
    try:
        yield part
    finally:
        await store.drop(part)
