from datetime import datetime

from sqlmodel import Field, SQLModel

from src.models.base import utc_now
from src.models.json_objects import JsonColumn


class IdempotentAnswer(SQLModel, table=True):
    """The answer to a POST with an Idempotency-Key, written in the transaction of the POST.

    ``digest`` is of the key, its caller and its URL, ``fingerprint`` of the body: both are SHA-256
    in hexadecimal. The key itself is not stored.
    """

    __tablename__ = "idempotent_answers"

    digest: str = Field(primary_key=True, max_length=64)
    fingerprint: str = Field(max_length=64)
    created_at: datetime = Field(default_factory=utc_now, index=True)
    status: int = 0
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JsonColumn)
    body: bytes = b""
