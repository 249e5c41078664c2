"""How long a worker waits for the database, and which errors mean that it is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError

from src.core.errors import AwayError, DomainError
from src.core.hub import LOOK_SECONDS

AWAY = (DomainError, DBAPIError)
"""Errors of a database that does not answer, or not as it should."""


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Give the database some time: no request's deadline ends what a worker asks.

    Raises `AwayError`.
    """
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            yield
    except TimeoutError:
        raise AwayError from None
