"""Who asks: known before anything else is done for them, on every route that is not public."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from src.core.config import Settings
from src.core.errors import ForbiddenError, UnauthenticatedError
from src.services.access import AccessService, Caller

SAFE_METHODS = {"GET", "HEAD"}
TOKEN = OAuth2PasswordBearer(
    "api/v1/login",
    scheme_name="token",
    scopes={
        "read": "GET and HEAD",
        "write": "all other methods",
        "admin": "users, for those who are administrators",
    },
    auto_error=False,
)


async def get_access(request: Request) -> AccessService:
    access: AccessService = request.app.state.access
    return access


async def authorize(request: Request, token: Annotated[str | None, Depends(TOKEN)]) -> Caller:
    """Raises `UnauthenticatedError`, or `ForbiddenError` if the token is not meant for this."""
    if not hasattr(request.state, "caller"):
        request.state.caller = await _caller(request, token)
    caller: Caller = request.state.caller
    scope = "read" if request.method in SAFE_METHODS else "write"
    if scope not in caller.scopes:
        msg = f"The token lacks the scope {scope}."
        raise ForbiddenError(msg)
    return caller


async def _caller(request: Request, token: str | None) -> Caller:
    access = await get_access(request)
    if token is not None:
        return await access.authenticate(token)
    settings: Settings = request.app.state.settings
    if settings.auth_required:
        raise UnauthenticatedError
    return await access.developer()


async def require_admin(caller: Annotated[Caller, Depends(authorize)]) -> None:
    if not (caller.admin and "admin" in caller.scopes):
        msg = "This is for administrators, with a token of the scope admin."
        raise ForbiddenError(msg)
