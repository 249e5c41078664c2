"""Routes of MLflow's protocol: each takes and returns one message."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, get_type_hints

from fastapi import APIRouter, Response
from pydantic import TypeAdapter
from starlette.types import Receive, Scope, Send

from src.api.bodies import BodyRoute
from src.api.mlflow_errors import FAILURE_HANDLERS, HANDLERS
from src.schemas.mlflow_tracking import BATCH_BYTES

PREFIX = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts"

type Endpoint = Callable[..., Awaitable[object]]


class MlflowRoute(BodyRoute):
    """Leaves out what has no value, and renders failures as MLflow's client reads them."""

    takes_any_parameter = True

    def __init__(self, path: str, endpoint: Endpoint, **options: Any) -> None:
        options.setdefault("max_body_size", BATCH_BYTES)
        options["response_model"] = None
        super().__init__(path, _answered(endpoint), **options)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[HANDLERS] = FAILURE_HANDLERS, {}
        await super().handle(scope, receive, send)


class SearchRoute(MlflowRoute):
    only_reads = True


def _answered(endpoint: Endpoint) -> Endpoint:
    shown = get_type_hints(endpoint)["return"]
    if shown is Response:
        return endpoint
    form = TypeAdapter(shown)

    @wraps(endpoint)
    async def answered(**values: Any) -> Response:
        returned = await endpoint(**values)
        body = form.dump_json(returned, by_alias=True, exclude_none=True)
        return Response(body, media_type="application/json")

    return answered


def mlflow_router(prefix: str, route_class: type[MlflowRoute] = MlflowRoute) -> APIRouter:
    """Return a router for calls whose names begin alike. The OpenAPI document is our own API's."""
    return APIRouter(prefix=prefix, route_class=route_class, include_in_schema=False)
