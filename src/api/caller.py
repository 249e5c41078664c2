"""Authenticates the caller before anything else happens, on every route that is not public."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from fastapi.security.base import SecurityBase
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from src.api.bodies import only_reads
from src.api.dependencies import ServiceDep, SessionDep
from src.api.service import Service, get_service
from src.core.errors import ForbiddenError, UnauthenticatedError
from src.core.settings import Settings
from src.services.access import AccessService
from src.services.authentication import NO_TOKEN, authenticate
from src.services.callers import Caller
from src.services.developer import DEVELOPER, developer
from src.services.user import Kept

TOKEN = OAuth2PasswordBearer(
    "api/v1/login",
    scheme_name="token",
    scopes={
        "read": "GET and HEAD, and POSTs that only search",
        "write": "all other requests",
        "admin": "users, for administrators",
    },
    auto_error=False,
)


class AccessSettings(Settings):
    token_required: bool = True
    """`false` lets requests without a token run as a development administrator."""
    caller_memory_seconds: Annotated[float, Field(ge=0, le=5)] = 5.0
    """Seconds that a process remembers a token's user, while it hears of changes; 0 for never."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.in_production and not self.token_required:
            yield "TOKEN_REQUIRED=false lets everybody do everything"


class _Authorization(SecurityBase):
    """Lets callers in, and says so in the OpenAPI document.

    With a dependency for the token beside it, FastAPI would solve one more in each request.
    """

    model = TOKEN.model
    scheme_name = TOKEN.scheme_name

    async def __call__(self, request: Request) -> Caller:
        """Return the caller; raise `UnauthenticatedError`, or `ForbiddenError` without the scope."""
        known: Caller | None = getattr(request.state, "caller", None)
        if known is not None:  # an earlier dependency has asked
            return known
        caller = await _authenticated(await get_service(request), await TOKEN(request))
        scope = "read" if only_reads(request) else "write"
        if scope not in caller.scopes:
            msg = f"The token lacks the scope {scope}."
            raise ForbiddenError(msg)
        request.state.caller = caller
        return caller


authorize = _Authorization()


async def _authenticated(service: Service, token: str | None) -> Caller:
    if token is not None:
        return await authenticate(service.database, token)
    if service.settings_of(AccessSettings).token_required:
        raise UnauthenticatedError(NO_TOKEN)
    return await developer(service.database)


async def caller_id(request: Request) -> str:
    """Return the id of the user that `authorize` let in; an empty text on a public route."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return str(caller.user_id) if caller else ""


async def require_admin(caller: Annotated[Caller, Depends(authorize)]) -> None:
    if "admin" not in caller.scopes:
        msg = "This is for administrators, with a token of the scope admin."
        raise ForbiddenError(msg)


async def require_login(caller: Annotated[Caller, Depends(authorize)]) -> None:
    """Refuse the keys of programs: what they hand out would outlive them."""
    if not caller.has_logged_in:
        msg = "A key cannot hand out keys or passwords: log in, and send the session's token."
        raise ForbiddenError(msg)


async def get_address(request: Request) -> str:
    """Return the client's address; uvicorn takes it from the headers of proxies that it trusts."""
    return request.client.host if request.client else ""


async def get_kept(caller: Annotated[Caller, Depends(authorize)], service: ServiceDep) -> Kept:
    """Return the users who must stay administrators: the caller, and the development user."""
    is_open = not service.settings_of(AccessSettings).token_required
    return frozenset({caller.user_id, DEVELOPER} if is_open else {caller.user_id})


async def get_access(service: ServiceDep) -> AccessService:
    return AccessService(service.database)


AddressDep = Annotated[str, Depends(get_address)]
KeptDep = Annotated[Kept, Depends(get_kept)]
AccessServiceDep = Annotated[AccessService, Depends(get_access)]
CallerDep = Annotated[Caller, Depends(authorize)]


def provide_owned[Provided](
    service: Callable[[AsyncSession, UUID], Provided],
) -> Callable[[Request, AsyncSession], Awaitable[Provided]]:
    """Return a dependency that opens a service for the caller's rows."""

    # With `CallerDep`, FastAPI would look for the token once more in each request.
    async def provider(request: Request, session: SessionDep) -> Provided:
        return service(session, (await authorize(request)).user_id)

    return provider
