"""The access capability: users, tokens, logins and ownership."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from src.api.caller import AccessSettings, authorize, authorize_early, caller_id
from src.api.capability import Capability
from src.api.guards import Guard
from src.api.routes import login, me, tokens, users
from src.api.service import Service
from src.core.errors import UnavailableError
from src.services.developer import developer

logger = logging.getLogger(__name__)


@asynccontextmanager
async def _with_developer(service: Service) -> AsyncIterator[None]:
    """Insert the development user before the first request, if the database answers."""
    if not service.settings_of(AccessSettings).token_required:
        try:
            await developer(service.database)
        except (DBAPIError, UnavailableError) as error:
            logger.warning("There is no development user yet: %s", error.__cause__ or error)
    yield


access = Capability(
    name="access",
    settings=AccessSettings,
    guards=[Guard(authorize, early=authorize_early)],
    routers=[me.router, tokens.router, users.router],
    public=[login.router],
    identify=caller_id,
    lifespan=_with_developer,
)
