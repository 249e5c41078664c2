"""Dependencies of handlers: the service's state, a session, If-Match."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.bodies import only_reads
from src.api.preconditions import get_if_match
from src.api.service import Service, get_service
from src.services.base import Versions

ServiceDep = Annotated[Service, Depends(get_service)]
IfMatch = Annotated[Versions | None, Depends(get_if_match)]


# FastAPI takes 10 to 15 us to solve a dependency, in each request: hence no `ServiceDep` here.
async def get_db(request: Request) -> AsyncIterator[AsyncSession]:
    database = (await get_service(request)).database
    opening = database.reading if only_reads(request) else database.writing
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
