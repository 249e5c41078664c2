from typing import ClassVar, Literal

from pydantic import MISSING

from src.models.stored_file import (
    StoredFileBase,
    StoredFileMediaType,
    StoredFileName,
    StoredFileSha256,
    StoredFileStatus,
)
from src.models.types import BoolQuery, SafeIntQuery
from src.schemas.base import EntityResponse, Payload, SecretResponse
from src.schemas.page import PageQuery, Several


class StoredFileCreate(StoredFileBase, Payload):
    """A content with another size or checksum than is announced here is refused."""


class StoredFileUpdate(Payload):
    """An absent field stays as it is."""

    name: StoredFileName | MISSING = MISSING
    media_type: StoredFileMediaType | MISSING = MISSING


class StoredFileResponse(StoredFileBase, EntityResponse):
    collection: ClassVar = "files"

    status: StoredFileStatus
    md5: str | None
    rows: int | None
    """Of a table in the content, once they are counted."""
    columns: int | None


class SignedUpload(StoredFileResponse, SecretResponse):
    upload_url: str
    """Takes a PUT with the content, for an hour and without a token."""


class StoredFileQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    size_bytes_min: SafeIntQuery | MISSING = MISSING
    size_bytes_max: SafeIntQuery | MISSING = MISSING
    size_bytes_null: BoolQuery | MISSING = MISSING
    sha256: StoredFileSha256 | MISSING = MISSING
    sha256_in: Several[StoredFileSha256] | MISSING = MISSING
    sha256_null: BoolQuery | MISSING = MISSING
    status: StoredFileStatus | MISSING = MISSING
    status_in: Several[StoredFileStatus] | MISSING = MISSING
