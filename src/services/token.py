from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from uuid import UUID

from src.core.errors import ForbiddenError
from src.models.base import utc_now
from src.models.token import Scope, Token
from src.schemas.token import IssuedToken, TokenCreate, TokenResponse, TokenUpdate
from src.services.base import Versions
from src.services.callers import announce_change
from src.services.owned import OwnedService

PREFIX = "svc_"
"""Lets secret scanners recognise a token."""


class TokenService(OwnedService[Token, TokenCreate, TokenUpdate, TokenResponse]):
    model = Token
    response = TokenResponse

    async def issue(
        self, data: TokenCreate, held: frozenset[Scope], **columns: str | datetime
    ) -> IssuedToken:
        """Insert a token. Raises `ForbiddenError` for a scope that is not among those held."""
        if not held.issuperset(data.scopes):
            msg = "A token cannot have scopes that its creator lacks."
            raise ForbiddenError(msg)
        secret = PREFIX + token_urlsafe(32)
        token = await self._insert({**data.model_dump(), **columns, "digest": digest_of(secret)})
        return IssuedToken.model_construct(**dict(token), token=secret)

    async def revoke(self, token_id: UUID, if_match: Versions | None = None) -> TokenResponse:
        token = await self.load(token_id, if_match)
        token.revoked_at = token.revoked_at or utc_now()
        announce_change(self._session, token.owner_id)
        return await self.save(token)

    async def delete(self, entity_id: UUID, if_match: Versions | None = None) -> None:
        await super().delete(entity_id, if_match)
        announce_change(self._session, self._owner_id)


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
