"""Files in S3, or in what speaks its protocol."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from src.files.digests import Block
from src.files.errors import away, gone
from src.files.store import PARTS, address_of, is_part

PART_BYTES = 5_242_880
"""The least that S3 takes as a part of an upload; each upload holds a few of them in memory."""
PARTS_AT_ONCE = 2
READ_BYTES = 2_097_152
"""A request for each block: S3 would end an answer that a slow client keeps open."""
WAIT = timedelta(seconds=120)
"""For one request; S3 copies 5 GB in less."""
CONNECTING = timedelta(seconds=5)
CLEANING_SECONDS = 10
LASTING = timedelta(hours=1)
"""Time in which a signed address can be used."""


class S3:
    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._store = S3Store(
            place.netloc,
            prefix=place.path.strip("/") or None,
            client_options={"allow_http": True, "timeout": WAIT, "connect_timeout": CONNECTING},
            retry_config={"max_retries": 3, "retry_timeout": WAIT},
        )

    async def write(self, part: str, blocks: AsyncIterator[Block], size: int) -> None:
        with _away():
            writer = obstore.open_writer_async(
                self._store, _part(part), buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
            async with writer:  # after an error, S3 is told to forget the upload
                async for block in blocks:
                    await writer.write(b"".join(block))

    async def keep(self, part: str, md5: str) -> None:
        with _away():
            await obstore.copy_async(self._store, _part(part), address_of(md5))

    async def drop(self, part: str) -> None:
        """Delete a part, if S3 answers soon; otherwise it is purged later."""
        with suppress(BaseError, OSError):  # a TimeoutError is one
            async with asyncio.timeout(CLEANING_SECONDS):
                await obstore.delete_async(self._store, _part(part))

    @asynccontextmanager
    async def read(self, md5: str, start: int, end: int) -> AsyncIterator[AsyncIterator[bytes]]:
        blocks = self._blocks(address_of(md5), start, end)
        try:
            first = await anext(blocks, b"")  # S3 is asked before the answer begins
        except FileNotFoundError:
            raise gone(md5) from None
        yield _with(first, blocks)

    async def _blocks(self, path: str, start: int, end: int) -> AsyncIterator[bytes]:
        for at in range(start, end, READ_BYTES):
            with _away(FileNotFoundError):
                until = min(at + READ_BYTES, end)
                block = await obstore.get_range_async(self._store, path, start=at, end=until)
            yield bytes(block)

    async def has(self, md5: str) -> bool:
        try:
            with _away(FileNotFoundError):
                await obstore.head_async(self._store, address_of(md5))
        except FileNotFoundError:
            return False
        return True

    async def delete(self, md5: str) -> None:
        with _away():
            await obstore.delete_async(self._store, address_of(md5))

    async def drop_older(self, than: datetime) -> int:
        dropped = 0
        with _away():
            async for batch in obstore.list(self._store, prefix=PARTS):
                parts = [each for each in batch if is_part(each["path"].rpartition("/")[2])]
                old = [each["path"] for each in parts if each["last_modified"] < than]
                await obstore.delete_async(self._store, old)
                dropped += len(old)
        return dropped

    async def upload_url(self, upload: str) -> str:
        """Return an address to which a client can send an upload by itself."""
        return await obstore.sign_async(self._store, "PUT", _part(upload), LASTING)

    async def take(self, upload: str, part: str) -> int | None:
        """Copy an upload to a part, out of its client's reach; return its size, if it is there."""
        try:
            with _away(FileNotFoundError):
                await obstore.copy_async(self._store, _part(upload), _part(part))
                return (await obstore.head_async(self._store, _part(part)))["size"]
        except FileNotFoundError:
            return None

    def read_part(self, part: str, size: int) -> AsyncIterator[bytes]:
        return self._blocks(_part(part), 0, size)


async def _with(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for each in others:
        yield each


def _part(part: str) -> str:
    return f"{PARTS}/{part}"


@contextmanager
def _away(*expected: type[Exception]) -> Iterator[None]:
    """Raise errors that clients understand, besides those that the caller expects."""
    try:
        yield
    except expected:
        raise
    except (BaseError, FileNotFoundError, PermissionError) as error:
        raise away(error) from error
