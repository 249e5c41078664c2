"""The metrics capability: counts requests, failures and connections for Prometheus."""

import logging
import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security.utils import get_authorization_scheme_param
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY
from pydantic import AfterValidator, SecretStr
from starlette.exceptions import HTTPException

from src.api.capability import Capability
from src.api.dependencies import ServiceDep
from src.api.service import Service
from src.core.errors import UnauthenticatedError
from src.core.observer import Observer
from src.core.settings import Settings

PATH = "/metrics"
TOKEN_LENGTH = 32
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
REQUESTS = Histogram(
    "http_request_duration_seconds", "Answered requests.", ["method", "route", "status"]
)
FAILURES = Counter(
    "database_failures_total", "Errors from the database, conflicts included.", ["error"]
)
CONNECTIONS = Gauge(
    "database_pool_connections",
    "Connections of a pool by state: its size, used, and awaited by callers.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)


logger = logging.getLogger(__name__)


def _sendable(token: SecretStr) -> SecretStr:
    if not re.fullmatch("[!-~]+", token.get_secret_value()):
        msg = "write printable ASCII characters without spaces, such as openssl rand -hex 32 prints"
        raise ValueError(msg)
    return token


class MetricsSettings(Settings):
    metrics: bool = False
    """Serve `/metrics`, for Prometheus; several workers also need `PROMETHEUS_MULTIPROC_DIR`."""
    metrics_token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    """The bearer token of Prometheus. Without it, `/metrics` is served in development only."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.in_production and self.metrics_token and len(self.metrics_token) < TOKEN_LENGTH:
            yield f"METRICS_TOKEN can be guessed: it needs at least {TOKEN_LENGTH} characters"
        if self.metrics and self.web_concurrency > 1 and FOLDER not in os.environ:
            yield f"METRICS with several workers needs {FOLDER}, an empty directory"


class Counting(Observer):
    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        REQUESTS.labels(method, route, status).observe(seconds)

    def failed(self, error: Exception) -> None:
        FAILURES.labels(type(error).__name__).inc()

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        CONNECTIONS.labels(pool, state).inc(change)


def rendered() -> bytes:
    """Return the counts of all workers in Prometheus' text format. Reads files."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library lacks the types
    return generate_latest(registry)


async def authorize(request: Request, service: ServiceDep) -> None:
    """Check the token of Prometheus. No user's token counts: the metrics are about all users, and
    they are needed most while the database, which knows those tokens, does not answer.
    """
    settings = service.settings_of(MetricsSettings)
    if settings.metrics_token is None:
        if settings.in_production:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return
    expected = settings.metrics_token.get_secret_value()
    scheme, sent = get_authorization_scheme_param(request.headers.get("Authorization"))
    if scheme.lower() != "bearer" or not compare_digest(sent.encode(), expected.encode()):
        msg = "Send METRICS_TOKEN: Authorization: Bearer ..."
        raise UnauthenticatedError(msg)


@asynccontextmanager
async def _announced(service: Service) -> AsyncIterator[None]:
    settings = service.settings_of(MetricsSettings)
    if settings.in_production and settings.metrics_token is None:
        logger.warning("%s is not served in production: METRICS_TOKEN is not set.", PATH)
    yield


router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(authorize)])


@router.get("")
def show_metrics() -> Response:  # runs in a thread, since with several workers it reads files
    return Response(rendered(), media_type=CONTENT_TYPE_LATEST)


metrics = Capability(
    name="metrics",
    settings=MetricsSettings,
    is_on=lambda settings: isinstance(settings, MetricsSettings) and settings.metrics,
    outside_public=[router],
    lifespan=_announced,
    observers=[Counting()],
    probed=[PATH],
)
