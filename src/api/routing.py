"""Routes of resources, with the parts of the HTTP contract that all handlers share."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from http import HTTPStatus
from types import NoneType
from typing import Any, get_type_hints

from fastapi import Request, Response, params
from fastapi.routing import APIRouter
from pydantic import TypeAdapter
from starlette.routing import Match
from starlette.types import Scope

from src.api.bodies import BodyRoute
from src.api.idempotency import PARAMETER, Once, OnceDep
from src.api.parameters import refuse_repeated, single_parameters
from src.api.paths import link_to, path_of
from src.api.preconditions import etag_of, is_not_modified
from src.schemas.base import EntityResponse, SecretResponse

NO_STORE = {"Cache-Control": "no-store"}

type Endpoint = Callable[..., Awaitable[object]]


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
        # Otherwise a request would try all routes of the features before its own: 7 microseconds
        # for each feature. A prefix of the server in the path does no harm here.
        if self.prefix not in scope["path"]:
            return Match.NONE, {}
        return super().matches(scope)


class ResourceRoute(BodyRoute):
    """Adds ETag and Location to an answer with one resource, 304 for a version that the client
    has, and POSTs that run once per Idempotency-Key.
    """

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        shown = get_type_hints(endpoint)["return"]
        is_secret = inspect.isclass(shown) and issubclass(shown, SecretResponse)
        answer = _Answer(shown, options.get("status_code") or HTTPStatus.OK, is_secret)
        single = single_parameters(endpoint)
        if "POST" in (options.get("methods") or ()) and not is_secret:
            options["openapi_extra"] = {"parameters": [PARAMETER]}
            endpoint = _answered_once(endpoint, answer, single)
        else:
            endpoint = _answered(endpoint, answer, single)
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
            headers["ETag"] = etag_of(returned.version)
            if request.method == "GET" and is_not_modified(request, returned.version):
                return Response(None, HTTPStatus.NOT_MODIFIED, headers)
            if self._status == HTTPStatus.CREATED:
                headers["Location"] = link_to(
                    request.scope, f"{path_of(request.scope)}/{returned.id}"
                )
        body = self._form.dump_json(returned, by_alias=True)
        return Response(body, self._status, headers, "application/json")


def _answered(endpoint: Endpoint, answer: _Answer, single: frozenset[str]) -> Endpoint:
    @wraps(endpoint)
    async def answered(_request: Request, **values: object) -> Response:
        refuse_repeated(_request, single)
        return answer.response(_request, await endpoint(**values))

    return _with_parameters(answered, _request=Request)


def _answered_once(endpoint: Endpoint, answer: _Answer, single: frozenset[str]) -> Endpoint:
    @wraps(endpoint)
    async def answered(_request: Request, _once: Once | None, **values: object) -> Response:
        refuse_repeated(_request, single)

        async def handle() -> Response:
            return answer.response(_request, await endpoint(**values))

        return await (_once.answer(handle) if _once else handle())

    return _with_parameters(answered, _request=Request, _once=OnceDep)


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
