"""Long polls: answers that wait for news, for clients that read no server-sent events."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from src.api.limits import postpone
from src.api.service import get_service
from src.api.streams import Topic, is_set_by
from src.models.types import Whole

WAIT = 30
Wait = Annotated[Annotated[int, Field(ge=0, le=WAIT), Whole], Query()]
"""Seconds that an answer may wait."""


async def poll[Read](
    request: Request,
    topic: Topic,
    seconds: int,
    read: Callable[[], Awaitable[Read]],
    is_enough: Callable[[Read], bool],
) -> Read:
    """Read, and again after each piece of news, until it is enough or the time is over.

    ``read`` opens a session of its own, so that none is held meanwhile.
    """
    if not seconds:
        return await read()
    service = await get_service(request)
    postpone(request.scope, seconds + service.settings.request_deadline)
    until = asyncio.get_running_loop().time() + seconds
    with service.streams.waiting(await service.identify(request), topic) as news:
        while True:
            news.clear()
            found = await read()
            if is_enough(found) or service.streams.are_ending or not await is_set_by(until, news):
                return found
