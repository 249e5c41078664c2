"""Finds the route of a request at once, however many there are.

FastAPI tries all routes in turn, and the routes of an included router once more for each level.
This module is the only one that knows how FastAPI keeps them; a test fails if that changes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from fastapi.routing import APIRoute, APIRouter, _EffectiveRouteContext, _IncludedRouter
from fastapi.telemetry._api import _route_selected
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from src.api.paths import path_of

Included = _EffectiveRouteContext
"""A route with the prefixes and the dependencies of its routers."""
type Place = tuple[int, str]
"""The number of a path's segments, and the first three of them."""

_ANYWHERE = (0, "")
_FOUND = "src.api.lookup"
"""Key of a scope for the route that has been found and is not yet selected."""
_ALLOWED = "src.api.lookup.allowed"
"""Key of a scope for the methods of all routes at its path, if none has the one that was asked."""


def included_route(scope: Scope) -> Included | None:
    """Return the route of a request, if it has been found."""
    route: Included | None = scope.get("fastapi", {}).get("effective_route_context")
    return route


def allowed_methods(scope: Scope) -> set[str]:
    """Return the methods of all routes at the path of a request whose own none of them has."""
    allowed: set[str] = scope.get(_ALLOWED, set())
    return allowed


class LookupRouter(APIRouter):
    """Finds the routes of the routers that it includes without trying all of them.

    A limit of forms counts if a route has it, not if its router has it.
    """

    _table: dict[Place, list["_Candidate"]] | None = None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return super().matches(scope)
        if self._table is None:
            self._table = _tabulate(_candidates(scope["fastapi"]["included_router"]))
        partial = None
        allowed: set[str] = set()
        for candidate in self._table.get(_place_of(path_of(scope)), self._table[_ANYWHERE]):
            match, found = candidate.matches(scope)
            if match is Match.FULL:
                scope[_FOUND] = found
                return match, {}
            if match is Match.PARTIAL:
                partial = scope[_FOUND] = partial or found
                allowed |= candidate.methods
        scope[_ALLOWED] = allowed
        return Match.PARTIAL if partial else Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _FOUND not in scope:
            return await super().handle(scope, receive, send)
        scope.update(scope.pop(_FOUND))
        _route_selected(scope=scope, path=scope["fastapi"]["effective_route_context"].path_format)
        await scope["route"].handle(scope, receive, send)


class _Candidate:
    def __init__(self, branch: _IncludedRouter, route: APIRoute) -> None:
        self._branch, self._route = branch, route
        self.path = branch.include_context.path_for(route)
        self.methods = route.methods or set()

    @cached_property
    def _included(self) -> Included:
        # Takes milliseconds, so it waits for the first request.
        return Included.from_api_route(
            original_route=self._route, include_context=self._branch.include_context
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = self._included.matches(scope)
        found["route"] = self._route
        found["fastapi"] = {"effective_route_context": self._included}
        return match, found


def _candidates(branch: _IncludedRouter) -> Iterator[_Candidate]:
    for route in branch.original_router.routes:
        if isinstance(route, _IncludedRouter):
            context = branch.include_context.combine(route.include_context)
            yield from _candidates(_IncludedRouter(route.original_router, context))
        elif isinstance(route, APIRoute):
            yield _Candidate(branch, route)


def _tabulate(candidates: Iterable[_Candidate]) -> dict[Place, list[_Candidate]]:
    """Keep the candidates by place, in FastAPI's order."""
    anywhere: list[_Candidate] = []
    table: dict[Place, list[_Candidate]] = defaultdict(anywhere.copy)
    for each in candidates:
        place = _place_of(each.path)
        if "{" in place[1] or ":" in each.path:  # such as {name:path}, which takes any segments
            for kept in (anywhere, *table.values()):
                kept.append(each)
        else:
            table[place].append(each)
    return {_ANYWHERE: anywhere, **table}


def _place_of(path: str) -> Place:
    return path.count("/"), "/".join(path.split("/", 4)[:4])
