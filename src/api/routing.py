"""What every route of a resource does besides its handler."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import ContextVar
from functools import wraps
from http import HTTPStatus
from typing import Any, get_type_hints

from fastapi import Depends, Request, Response, params
from fastapi.routing import APIRoute, APIRouter
from starlette.routing import Match
from starlette.types import Scope

from src.api.idempotency import HEADER, answer_once
from src.api.preconditions import etag_of, is_not_modified
from src.schemas.base import EntityResponse, SecretResponse

_returned: ContextVar[object] = ContextVar("returned")


async def _forbid_to_store(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


NO_STORE = Depends(_forbid_to_store)

type Endpoint = Callable[..., Awaitable[object]]
type Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ResourceRouter(APIRouter):
    """The routes of one feature, all `ResourceRoute`s."""

    def __init__(self, prefix: str, dependencies: Sequence[params.Depends] = ()) -> None:
        super().__init__(
            prefix=prefix,
            tags=[prefix.strip("/")],
            route_class=ResourceRoute,
            dependencies=dependencies,
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # Without this each request would try the routes of all features, one after another.
        if self.prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)


class ResourceRoute(APIRoute):
    """Adds what the HTTP contract asks of every resource.

    ETag and Location where one resource is answered, 304 for a version that the client has, and
    POSTs that are done once per Idempotency-Key.
    """

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        shows_secret = issubclass(get_type_hints(endpoint)["return"], SecretResponse)
        self._is_repeatable = "POST" in (options.get("methods") or ()) and not shows_secret
        if self._is_repeatable:
            options["openapi_extra"] = {"parameters": [_KEY_PARAMETER]}
        if shows_secret:
            options["dependencies"] = [*(options.get("dependencies") or ()), NO_STORE]
        super().__init__(path, _remember_returned(endpoint), **options)

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handle_resource(request: Request) -> Response:
            response = await handle(request)
            returned = _returned.get()
            if isinstance(returned, EntityResponse):
                return _with_validators(request, response, returned)
            return response

        async def handle_once(request: Request) -> Response:
            if self._is_repeatable and HEADER in request.headers:
                return await answer_once(request, handle_resource)
            return await handle_resource(request)

        return handle_once


def _with_validators(request: Request, response: Response, entity: EntityResponse) -> Response:
    etag = etag_of(entity.version)
    if request.method == "GET" and is_not_modified(request, entity.version):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
    if response.status_code == HTTPStatus.CREATED:
        response.headers["Location"] = f"{request.scope['path']}/{entity.id}"
    response.headers["ETag"] = etag
    return response


def _remember_returned(endpoint: Endpoint) -> Endpoint:
    # FastAPI hands on the rendered response, from which the entity cannot be read any more.
    @wraps(endpoint)
    async def remembering(*args: Any, **kwargs: Any) -> object:
        returned = await endpoint(*args, **kwargs)
        _returned.set(returned)
        return returned

    return remembering


_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[ -~]+$", "minLength": 1, "maxLength": 255},
    "description": "The same key and body are done once, and answered alike again.",
}
