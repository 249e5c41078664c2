"""Routes of resources, with the parts of the HTTP contract that all handlers share."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from http import HTTPStatus
from operator import itemgetter, methodcaller
from types import NoneType
from typing import Any, get_type_hints

from fastapi import Request, Response, params
from fastapi.routing import APIRouter
from pydantic import TypeAdapter

from src.api.bodies import BodyRoute
from src.api.idempotency import PARAMETER, Once, OnceDep
from src.api.limits import is_streaming
from src.api.paths import API, link_to, path_of
from src.api.preconditions import etag_of, is_not_modified
from src.schemas.base import EntityResponse, SecretResponse

NO_STORE = {"Cache-Control": "no-store"}

type Endpoint = Callable[..., Awaitable[object]]


class ResourceRouter(APIRouter):
    """The routes of one feature, all `ResourceRoute`s."""

    def __init__(
        self,
        prefix: str,
        dependencies: Sequence[params.Depends] = (),
        route_class: type["ResourceRoute"] | None = None,
    ) -> None:
        super().__init__(
            prefix=prefix,
            tags=[prefix.strip("/")],
            route_class=route_class or ResourceRoute,
            dependencies=dependencies,
        )


class ResourceRoute(BodyRoute):
    """Adds ETag and Location to an answer with one resource, 304 for a version that the client
    has, and POSTs that run once per Idempotency-Key.
    """

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        shown = get_type_hints(endpoint)["return"]
        is_secret = inspect.isclass(shown) and issubclass(shown, SecretResponse)
        answer = _Answer(shown, options.get("status_code") or HTTPStatus.OK, is_secret)
        is_stored = not (is_secret or self.only_reads or is_streaming(endpoint))
        if "POST" in (options.get("methods") or ()) and is_stored:
            options["openapi_extra"] = {"parameters": [PARAMETER]}
            endpoint = _answered_once(endpoint, answer)
        else:
            endpoint = _answered(endpoint, answer)
        super().__init__(path, endpoint, **options)


class SearchRoute(ResourceRoute):
    """A POST that only reads, as ``x-only-reads`` in the OpenAPI document says: it needs no key."""

    only_reads = True

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        options["openapi_extra"] = {"x-only-reads": True}
        super().__init__(path, endpoint, **options)


class _Answer:
    """Renders a handler's return value by its declared type."""

    def __init__(self, shown: type[object], status: int, is_secret: bool) -> None:
        self._form = None if shown in {NoneType, Response} else TypeAdapter(shown)
        self._status = status
        self._headers = NO_STORE if is_secret else {}

    def response(self, request: Request, returned: object) -> Response:
        if self._form is None:
            return returned if isinstance(returned, Response) else Response(None, self._status)
        headers = dict(self._headers)
        if isinstance(returned, EntityResponse):
            headers["ETag"] = etag = etag_of(returned)
            if request.method == "GET" and is_not_modified(request, etag):
                return Response(None, HTTPStatus.NOT_MODIFIED, headers)
            if self._status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
                headers["Location"] = link_to(
                    request.scope, f"{_collection_of(request, returned)}/{returned.id}"
                )
        body = self._form.dump_json(returned, by_alias=True)
        return Response(body, self._status, headers, "application/json")


def _collection_of(request: Request, returned: EntityResponse) -> str:
    own = returned.collection
    return path_of(request.scope) if own is None else f"{API}/{own}"


def _answered(endpoint: Endpoint, answer: _Answer) -> Endpoint:
    take, added = _request_of(endpoint)

    @wraps(endpoint)
    async def answered(**values: Any) -> Response:
        request = take(values)
        return answer.response(request, await endpoint(**values))

    return _with_parameters(answered, **added)


def _answered_once(endpoint: Endpoint, answer: _Answer) -> Endpoint:
    take, added = _request_of(endpoint)

    @wraps(endpoint)
    async def answered(_once: Once | None, **values: Any) -> Response:
        request = take(values)

        async def handle() -> Response:
            return answer.response(request, await endpoint(**values))

        return await (_once.answer(handle) if _once else handle())

    return _with_parameters(answered, **added, _once=OnceDep)


def _request_of(endpoint: Endpoint) -> tuple[Callable[[dict[str, Any]], Request], dict[str, type]]:
    """Return what takes the request out of an endpoint's values, and the parameter to add for it:
    FastAPI passes a request to one parameter only, which may be the endpoint's own.
    """
    for name, kind in get_type_hints(endpoint).items():
        if kind is Request:
            return itemgetter(name), {}
    return methodcaller("pop", "_request"), {"_request": Request}


def _with_parameters(wrapper: Endpoint, **added: object) -> Endpoint:
    """Let FastAPI pass further values to a wrapper, besides the endpoint's parameters."""
    signature = inspect.signature(wrapper)
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
        for name, annotation in added.items()
    ]
    parameters = [*signature.parameters.values(), *more]
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by inspect
    return wrapper
