"""The metrics capability: counts requests, failures and connections for Prometheus."""

import os
from collections.abc import Iterator

from fastapi import APIRouter, Depends, Response
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

from src.api.capability import Capability
from src.api.metrics_token import MetricsTokenSettings, authorize, warn_if_unset
from src.core.observer import Observer

PATH = "/metrics"
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


class MetricsSettings(MetricsTokenSettings):
    metrics: bool = False
    """Serve `/metrics`, for Prometheus; several workers also need `PROMETHEUS_MULTIPROC_DIR`."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
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


router = APIRouter(prefix=PATH, include_in_schema=False, dependencies=[Depends(authorize)])


@router.get("")
def show_metrics() -> Response:  # runs in a thread, since with several workers it reads files
    return Response(rendered(), media_type=CONTENT_TYPE_LATEST)


metrics = Capability(
    name="metrics",
    settings=MetricsSettings,
    is_on=lambda settings: isinstance(settings, MetricsSettings) and settings.metrics,
    outside_public=[router],
    lifespan=warn_if_unset,
    observers=[Counting()],
    probed=[PATH],
)
