from typing import Literal

from pydantic import MISSING

from src.models.token import TokenBase, TokenKind, TokenName
from src.models.types import Timestamp
from src.schemas.base import EntityResponse, Payload, SecretResponse
from src.schemas.page import PageQuery


class TokenCreate(TokenBase, Payload):
    pass


class TokenUpdate(Payload):
    """An absent field stays as it is."""

    name: TokenName | MISSING = MISSING


class TokenResponse(TokenBase, EntityResponse):
    kind: TokenKind
    last_used_at: Timestamp | None
    revoked_at: Timestamp | None


class IssuedToken(TokenResponse, SecretResponse):
    token: str
    """Shown only once: the service stores no more than its digest."""


class TokenQuery(PageQuery):
    sort: Literal["id", "-id"] = "-id"
    kind: TokenKind | MISSING = MISSING
