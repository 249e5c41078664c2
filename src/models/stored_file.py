from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints
from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.base import utc_now
from src.models.owned import Owned
from src.models.trimmed import WHITE
from src.models.types import SafeInt, Trimmed, one_of

_IN_NAMES = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029/\\]"
_VISIBLE = rf"[^\x00-\x20\x7f-\x9f{WHITE}/\\]"
NAME_BYTES = 255
"""What file systems allow."""


def _as_file_name(name: str) -> str:
    if name in {".", ".."} or len(name.encode()) > NAME_BYTES:
        msg = f"must be the name of a file, of at most {NAME_BYTES} bytes in UTF-8"
        raise ValueError(msg)
    return name


StoredFileName = Annotated[
    str,
    StringConstraints(pattern=rf"^{_IN_NAMES}*{_VISIBLE}{_IN_NAMES}*$"),
    Field(min_length=1, max_length=NAME_BYTES, schema_extra={"examples": ["iris.csv"]}),
    Trimmed,
    AfterValidator(_as_file_name),
]
_TOKEN = "[a-z0-9][a-z0-9!#$&^_.+-]*"  # noqa: S105  # a token of RFC 9110
StoredFileMediaType = Annotated[
    str,
    StringConstraints(pattern=rf"^{_TOKEN}/{_TOKEN}$"),
    Field(min_length=3, max_length=100, schema_extra={"examples": ["text/csv"]}),
]
StoredFileStatus = Literal["pending", "stored"]
StoredFileSizeBytes = Annotated[SafeInt, Field(ge=0)]
StoredFileSha256 = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{64}$"),
    Field(
        min_length=64,
        max_length=64,
        schema_extra={
            "examples": ["990874f37398b55d2f32e44d73f52440f0ed52b1d1a21b9531c7d5dec47ec30a"]
        },
    ),
]


class StoredFileBase(SQLModel):
    name: StoredFileName
    media_type: StoredFileMediaType = "application/octet-stream"
    size_bytes: StoredFileSizeBytes | None = Field(default=None, sa_type=BigInteger)
    """Of the content; while there is none, what its client has announced."""
    sha256: StoredFileSha256 | None = None
    """In hexadecimal; while there is no content, what its client has announced."""


class StoredFile(StoredFileBase, Owned, table=True):
    """A name and a content, which never changes once it is there."""

    __tablename__ = "files"
    __table_args__ = (
        UniqueConstraint("owner_id", "id"),
        one_of("status", StoredFileStatus),
        Index(None, "owner_id", "status"),
        Index(None, "sha256"),
    )

    status: StoredFileStatus = Field(default="pending", sa_type=String)
    md5: str | None = Field(default=None, max_length=32, foreign_key="contents.md5", index=True)
    """The address of the content."""
    rows: int | None = Field(default=None, sa_type=BigInteger)
    """Of a table in the content, once they are counted."""
    columns: int | None = None


class Content(SQLModel, table=True):
    """Bytes in the storage, at the address that is their MD5. Several files can have them."""

    __tablename__ = "contents"

    md5: str = Field(primary_key=True, max_length=32)
    sha256: str = Field(max_length=64)
    claimed_at: datetime = Field(default_factory=utc_now)
    """The last time that somebody was about to refer to it."""
