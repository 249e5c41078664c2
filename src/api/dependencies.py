"""What handlers ask for, one name per thing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.preconditions import get_if_match
from src.core.database import Database
from src.services.base import Versions
from src.services.project import ProjectService

SAFE_METHODS = {"GET", "HEAD"}


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


DatabaseDep = Annotated[Database, Depends(get_database)]


async def get_db(request: Request) -> AsyncIterator[AsyncSession]:
    if shared := getattr(request.state, "session", None):  # of a request with an Idempotency-Key
        yield shared
        return
    database = await get_database(request)
    opening = database.reading if request.method in SAFE_METHODS else database.writing
    async with opening() as session:
        yield session


# Function scope ends the transaction before the response leaves: a client that holds a 201 can
# read the row, and a commit that fails is answered with an error. Without it, neither is true.
SessionDep = Annotated[AsyncSession, Depends(get_db, scope="function")]


def provide[Service](
    service: Callable[[AsyncSession], Service],
) -> Callable[[AsyncSession], Awaitable[Service]]:
    # FastAPI would run the class itself in a thread, since a class is not a coroutine function.
    async def provider(session: SessionDep) -> Service:
        return service(session)

    return provider


IfMatch = Annotated[Versions | None, Depends(get_if_match)]
ProjectServiceDep = Annotated[ProjectService, Depends(provide(ProjectService))]
