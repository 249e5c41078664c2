"""Uploads that clients send to the storage by themselves."""

from uuid import UUID

from src.core.errors import ConflictError
from src.files.digests import Digests, in_blocks
from src.files.store import DirectStore, Store
from src.schemas.stored_file import SignedUpload, StoredFileResponse
from src.services.base import Versions
from src.services.stored_file_uploads import UploadService

NOT_DIRECT = "The storage takes no direct uploads: send the content to /files/{id}/content."
NOTHING_SENT = "Nothing has been sent to the upload URL of this file."


class DirectUploadService:
    def __init__(self, store: Store, uploads: UploadService) -> None:
        self._store = store
        self._uploads = uploads

    async def sign(self, file_id: UUID) -> SignedUpload:
        file = await self._uploads.waiting(file_id, None)
        url = await self._direct.upload_url(str(file_id))
        return SignedUpload.model_construct(**dict(file), upload_url=url)

    async def complete(self, file_id: UUID, if_match: Versions | None) -> StoredFileResponse:
        """Store what was sent to the upload URL.

        It is read once for its checksums: those of S3 depend on how it was sent and encrypted.
        """
        file = await self._uploads.waiting(file_id, if_match)
        store, upload = self._direct, str(file_id)
        async with self._uploads.part() as part:
            # The URL is still valid: what is checked has to be out of its reach.
            size = await store.take(upload, part)
            if size is None:
                raise ConflictError(NOTHING_SENT)
            await self._uploads.check_size(file, size)
            digests = Digests()
            async for _ in digests.of(in_blocks(store.read_part(part, size))):
                pass
            completed = await self._uploads.keep(file, part, digests.result(), if_match)
        await store.drop(upload)
        return completed

    @property
    def _direct(self) -> DirectStore:
        if not isinstance(self._store, DirectStore):
            raise ConflictError(NOT_DIRECT)
        return self._store
