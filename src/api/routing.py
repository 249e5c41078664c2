"""What every route of a resource does besides its handler."""

from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from src.schemas.base import EntityResponse

_returned: ContextVar[object] = ContextVar("returned")


class ResourceRoute(APIRoute):
    """Tells where a created resource is found, in the header Location."""

    def __init__(
        self, path: str, endpoint: Callable[..., Awaitable[object]], **options: Any
    ) -> None:
        super().__init__(path, _remember_returned(endpoint), **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_resource(request: Request) -> Response:
            response = await handle(request)
            resource = _returned.get()
            if response.status_code == HTTPStatus.CREATED and isinstance(resource, EntityResponse):
                response.headers["Location"] = f"{request.url.path}/{resource.id}"
            return response

        return handle_resource


def _remember_returned(
    endpoint: Callable[..., Awaitable[object]],
) -> Callable[..., Awaitable[object]]:
    # FastAPI hands on the rendered response, from which the resource cannot be read any more.
    @wraps(endpoint)
    async def remembering(*args: Any, **kwargs: Any) -> object:
        returned = await endpoint(*args, **kwargs)
        _returned.set(returned)
        return returned

    return remembering
