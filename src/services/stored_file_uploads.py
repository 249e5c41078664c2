"""Uploads. No session is open while bytes travel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from src.core.database import Database
from src.files.digests import Digest, Digests, in_blocks
from src.files.errors import OtherContentError, TooLargeError
from src.files.store import Store, new_part
from src.files.transfers import UPLOADS
from src.schemas.stored_file import StoredFileCreate, StoredFileResponse
from src.services.base import Versions
from src.services.stored_file import StoredFileService
from src.services.stored_file_contents import claim


@dataclass(frozen=True)
class Bounds:
    file_bytes: int
    owner_bytes: int


class UploadService:
    """Takes in the contents of an owner's files."""

    def __init__(self, database: Database, store: Store, bounds: Bounds, owner_id: UUID) -> None:
        self._database = database
        self._store = store
        self._bounds = bounds
        self._owner_id = owner_id

    async def upload(
        self, file_id: UUID, size: int, body: AsyncIterator[bytes], if_match: Versions | None
    ) -> StoredFileResponse:
        """Store the content of a file, which is looked at before the body."""
        file = await self.waiting(file_id, if_match)
        await self.check_size(file, size)
        async with self.part() as part:
            digests = Digests()
            await self._store.write(part, digests.of(in_blocks(body)), size)
            return await self.keep(file, part, digests.result(), if_match)

    async def upload_new(
        self, data: StoredFileCreate, most: int, body: AsyncIterator[bytes]
    ) -> StoredFileResponse:
        """Store a content of at most so many bytes, then insert its file."""
        digest = await self.receive(most, body)
        async with self._writing() as files:
            return await files.create_stored(data, digest, self._bounds.owner_bytes)

    async def receive(self, most: int, body: AsyncIterator[bytes]) -> Digest:
        """Store a content of at most so many bytes, whose file has to be inserted at once."""
        await self._check_room(most)
        async with self.part() as part:
            digests = Digests()
            await self._store.write(part, digests.of(in_blocks(body)), most)
            digest = digests.result()
            await self._place(part, digest)
            return digest

    @asynccontextmanager
    async def part(self) -> AsyncIterator[str]:
        """Yield the name of a part, which is one of a bounded number of uploads."""
        with UPLOADS.one(self._owner_id):
            async with new_part(self._store) as part:
                yield part

    async def waiting(self, file_id: UUID, if_match: Versions | None) -> StoredFileResponse:
        async with self._database.reading(current=True) as session:
            return await StoredFileService(session, self._owner_id).waiting(file_id, if_match)

    async def check_size(self, file: StoredFileResponse, size: int) -> None:
        """Raise a `DomainError` if a content of this size is not to be stored."""
        if file.size_bytes not in {None, size}:
            raise OtherContentError
        await self._check_room(size)

    async def keep(
        self, file: StoredFileResponse, part: str, digest: Digest, if_match: Versions | None
    ) -> StoredFileResponse:
        """Turn a part into the content of a file."""
        digest.check(file.size_bytes, file.sha256)
        await self._place(part, digest)
        async with self._writing() as files:
            return await files.add_content(file.id, digest, self._bounds.owner_bytes, if_match)

    async def _place(self, part: str, digest: Digest) -> None:
        async with self._database.writing() as session:
            await claim(session, digest)
        await self._store.keep(part, digest.md5)

    async def _check_room(self, size: int) -> None:
        """Look at the bounds early; the quota is looked at again when the bytes are there."""
        if size > self._bounds.file_bytes:
            raise TooLargeError(self._bounds.file_bytes)
        async with self._database.reading(current=True) as session:
            files = StoredFileService(session, self._owner_id)
            await files.check_quota(size, self._bounds.owner_bytes)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[StoredFileService]:
        async with self._database.writing() as session:
            yield StoredFileService(session, self._owner_id)
