from typing import Annotated, Literal

from pydantic import AfterValidator
from sqlalchemy import String, UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.owned import Owned
from src.models.types import NonBlank, Timestamp, Trimmed, one_of

TokenName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]
TokenKind = Literal["key", "session"]
Scope = Literal["read", "write", "admin"]
TokenScopes = Annotated[
    list[Scope],
    Field(min_length=1, max_length=3),
    AfterValidator(lambda scopes: sorted({*scopes})),
]


class TokenBase(SQLModel):
    name: TokenName
    scopes: TokenScopes = Field(sa_type=JsonColumn)
    expires_at: Timestamp | None = None


class Token(TokenBase, Owned, table=True):
    """A key for a program, or the session that a login opens. Only its digest is stored."""

    __tablename__ = "tokens"
    __table_args__ = (
        one_of("kind", TokenKind),
        UniqueConstraint("owner_id", "id"),
        UniqueConstraint("digest"),
    )

    kind: TokenKind = Field(default="key", sa_type=String)
    digest: str
    """SHA-256 in hexadecimal."""
    last_used_at: Timestamp | None = None
    """Precise to a few minutes."""
    revoked_at: Timestamp | None = None
