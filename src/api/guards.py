"""Guards of routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, params
from starlette.types import Scope

from src.api.lookup import included_route


@dataclass(frozen=True)
class Guard(params.Depends):
    """A dependency that needs nothing but the request, and therefore no body.

    FastAPI reads and parses the body before it runs any dependency. ``early`` runs before that.
    """

    early: Callable[[Request], Awaitable[object]] | None = None


async def pass_early(request: Request) -> None:
    """Run the guards of the matched route that can run before its body is read."""
    route = included_route(request.scope)
    for each in route.dependencies if route else ():
        if isinstance(each, Guard) and each.early:
            await each.early(request)


async def pass_again(scope: Scope) -> None:
    """Run those guards as for a new request with the same headers, from a caller not yet known."""
    await pass_early(Request({**scope, "state": {}}))
