"""The access capability: users, tokens, logins and ownership."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from src.api.caller import AccessSettings, authorize, caller_id
from src.api.capability import Capability
from src.api.guards import Guard
from src.api.routes import login, me, tokens, users
from src.api.service import Service
from src.core.database import Database
from src.core.errors import UnavailableError, cause_of
from src.services.authentication import remember_callers
from src.services.developer import developer

logger = logging.getLogger(__name__)


@asynccontextmanager
async def _prepared(service: Service) -> AsyncIterator[None]:
    settings = service.settings_of(AccessSettings)
    if settings.caller_memory_seconds:
        remember_callers(service.database, settings.caller_memory_seconds)
    if not settings.token_required:
        await _add_developer(service.database)
    yield


async def _add_developer(database: Database) -> None:
    """Insert the development user before the first request, if the database answers."""
    try:
        await developer(database)
    except (DBAPIError, UnavailableError) as error:
        logger.warning("There is no development user yet: %s", cause_of(error))


access = Capability(
    name="access",
    settings=AccessSettings,
    guards=[Guard(authorize, early=authorize)],
    routers=[me.router, tokens.router, users.router],
    public=[login.router],
    identify=caller_id,
    lifespan=_prepared,
)
