from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import MISSING, AfterValidator

from src.models.base import utc_now
from src.models.token import TokenBase, TokenKind, TokenName
from src.models.types import Timestamp
from src.schemas.base import EntityResponse, Payload, SecretResponse
from src.schemas.page import PageQuery

LONGEST = timedelta(days=3653)


def _soon(end: datetime) -> datetime:
    if not timedelta(0) < end - utc_now() <= LONGEST:
        msg = "must lie in the future, within ten years; a key without it does not expire"
        raise ValueError(msg)
    return end


class TokenCreate(TokenBase, Payload):
    expires_at: Annotated[Timestamp, AfterValidator(_soon)] | None = None


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
