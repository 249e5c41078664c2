"""The rows of files."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlmodel import col

from src.core.errors import ConflictError, NotFoundError
from src.core.queries import Query
from src.files.digests import Digest
from src.files.errors import QuotaError
from src.models.stored_file import StoredFile
from src.models.user import User
from src.schemas.stored_file import StoredFileCreate, StoredFileResponse, StoredFileUpdate
from src.services.base import Versions
from src.services.owned import OwnedService
from src.services.purging import Purge

PENDING = 100
"""Most files of an owner that have no content yet."""
TOO_MANY = f"At most {PENDING} files can wait for their content: upload it, or delete some."
NO_CONTENT = "The file has no content yet."
HAS_CONTENT = "The file has its content already, which never changes: create another file."

_of_owner = col(StoredFile.owner_id) == bindparam("_owner_id")
# Locks the owner's row until the transaction ends, so that what is counted afterwards still holds.
_OWNER = Query(
    select(col(User.id))
    .where(col(User.id) == bindparam("_owner_id"))
    .with_for_update(key_share=True)
)
_PENDING = Query(
    select(func.count())
    .select_from(StoredFile)
    .where(_of_owner, col(StoredFile.status) == "pending")
)
_STORED = Query(
    select(func.coalesce(func.sum(col(StoredFile.size_bytes)), 0)).where(
        _of_owner, col(StoredFile.status) == "stored"
    )
)
FORGOTTEN = Purge(
    col(StoredFile.id),
    (col(StoredFile.status) == "pending") & (col(StoredFile.updated_at) < bindparam("before")),
)
"""Files that nobody has uploaded a content for."""


class Stored(NamedTuple):
    """A file with a content."""

    file: StoredFileResponse
    md5: str
    sha256: str
    size_bytes: int


class StoredFileService(
    OwnedService[StoredFile, StoredFileCreate, StoredFileUpdate, StoredFileResponse]
):
    model = StoredFile
    response = StoredFileResponse

    async def create(self, data: StoredFileCreate) -> StoredFileResponse:
        await _OWNER.rows(self._session, **self._scope)
        if (await _PENDING.rows(self._session, **self._scope))[0][0] >= PENDING:
            raise ConflictError(TOO_MANY)
        return await super().create(data)

    async def stored(self, file_id: UUID) -> Stored:
        """Return a file with a content. Raises `NotFoundError`, also if it has none."""
        file = await self.get(file_id)
        if file.md5 is None or file.sha256 is None or file.size_bytes is None:
            raise NotFoundError(NO_CONTENT)
        return Stored(file, file.md5, file.sha256, file.size_bytes)

    async def waiting(self, file_id: UUID, if_match: Versions | None) -> StoredFileResponse:
        """Return a file without a content. Raises `ConflictError` if it has one."""
        file = await self._current(file_id, if_match)
        _refuse_stored(file.status)
        return file

    async def create_stored(
        self,
        data: StoredFileCreate,
        digest: Digest,
        quota: int,
        *,
        rows: int | None = None,
        columns: int | None = None,
    ) -> StoredFileResponse:
        """Insert a file with a content that is kept. Raises `QuotaError`."""
        await _OWNER.rows(self._session, **self._scope)
        await self.check_quota(digest.size_bytes, quota)
        known = {"status": "stored", "rows": rows, "columns": columns}
        return await self._insert({**data.model_dump(), **digest._asdict(), **known})

    async def add_content(
        self, file_id: UUID, digest: Digest, quota: int, if_match: Versions | None
    ) -> StoredFileResponse:
        """Give a file a content that is kept. Raises `ConflictError` if it has one already."""
        await _OWNER.rows(self._session, **self._scope)
        file = await self.load(file_id, if_match)
        _refuse_stored(file.status)
        await self.check_quota(digest.size_bytes, quota)
        file.sqlmodel_update({**digest._asdict(), "status": "stored"})
        return await self.save(file)

    async def check_quota(self, size: int, quota: int) -> None:
        """Raise `QuotaError` if the owner cannot store so many bytes more."""
        stored = (await _STORED.rows(self._session, **self._scope))[0][0]
        if stored + size > quota:
            raise QuotaError


def _refuse_stored(status: str) -> None:
    if status == "stored":
        raise ConflictError(HAS_CONTENT)
