"""Whose rows a process writes: a stream has no caller, so a token says it."""

import time
from uuid import UUID

from src.core.database import Database
from src.core.errors import ForbiddenError
from src.ingestion.patience import Patience
from src.services.authentication import authenticate
from src.services.callers import Caller
from src.services.developer import developer

CHECK_SECONDS = 60
"""Seconds until a process notices that its token has ended."""


class Guard:
    def __init__(self, database: Database, patience: Patience, token: str | None) -> None:
        """Without a token, the owner is the development user."""
        self._database = database
        self._patience = patience
        self._token = token
        self._checked = -float(CHECK_SECONDS)

    async def owner(self) -> UUID:
        """Return the owner. Raises `UnauthenticatedError` or `ForbiddenError`."""
        caller = await self._patience.insist(self._caller)
        if "write" not in caller.scopes:
            msg = "INGESTION_TOKEN lacks the scope write."
            raise ForbiddenError(msg)
        self._checked = time.monotonic()
        return caller.user_id

    async def check(self) -> None:
        """Look at the token again, now and then."""
        if time.monotonic() - self._checked >= CHECK_SECONDS:
            await self.owner()

    async def _caller(self) -> Caller:
        if self._token is None:
            return await developer(self._database)
        return await authenticate(self._database, self._token)
