"""Guards of routes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import Request, params


@dataclass(frozen=True)
class Guard(params.Depends):
    """A dependency that needs nothing but the request, and therefore no body.

    FastAPI reads and parses the body before it runs any dependency. ``early`` runs before that.
    """

    early: Callable[[Request], Awaitable[object]] | None = None


async def pass_early(request: Request) -> None:
    """Run the guards of the matched route that can run before its body is read."""
    route = request.scope.get("fastapi", {}).get("effective_route_context")
    for each in getattr(route, "dependencies", ()):
        if isinstance(each, Guard) and each.early:
            await each.early(request)
