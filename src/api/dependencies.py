"""Dependencies of handlers: the service's state, a session, If-Match."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.preconditions import get_if_match
from src.api.service import Service, get_service
from src.services.base import Versions

ServiceDep = Annotated[Service, Depends(get_service)]
IfMatch = Annotated[Versions | None, Depends(get_if_match)]


async def get_db(request: Request, service: ServiceDep) -> AsyncIterator[AsyncSession]:
    database = service.database
    opening = database.reading if request.method == "GET" else database.writing
    async with opening() as session:
        yield session


# Function scope ends the transaction before the response is sent: after a 201 the client can
# read the row, and a commit that fails is answered with an error. Without it, neither is true.
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]


def provide[Provided](
    service: Callable[[AsyncSession], Provided],
) -> Callable[[AsyncSession], Awaitable[Provided]]:
    # FastAPI would run the class itself in a thread, since a class is not a coroutine function.
    async def provider(session: SessionDep) -> Provided:
        return service(session)

    return provider
