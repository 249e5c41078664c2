"""The metrics capability: counts requests, failures and connections for Prometheus."""

import os
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter, Depends, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
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
REFUSED = Counter(
    "requests_refused_total",
    "Requests that the service refused although they were right, by reason.",
    ["reason"],
)
FALLBACKS = Counter(
    "database_replica_fallbacks_total",
    "Reads that the primary served, since the replica was behind or away.",
    ["reason"],
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
        folder = os.environ.get(FOLDER)
        if self.metrics and self.web_concurrency > 1 and folder is None:
            yield f"METRICS with several workers needs {FOLDER}, an empty directory"
        if self.metrics and folder is not None and not _is_writable(folder):
            yield f"{FOLDER} has to name a directory that exists and is writable"


def _is_writable(folder: str) -> bool:
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


class Counting(Observer):
    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        REQUESTS.labels(method, route, status).observe(seconds)

    def refused(self, reason: str) -> None:
        REFUSED.labels(reason).inc()

    def failed(self, error: Exception) -> None:
        FAILURES.labels(type(error).__name__).inc()

    def fell_back(self, reason: str) -> None:
        FALLBACKS.labels(reason).inc()

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        CONNECTIONS.labels(pool, state).inc(change)


def rendered() -> bytes:
    """Return the counts of all workers in Prometheus' text format. Reads files."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    _forget_dead_workers(Path(os.environ[FOLDER]))
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library lacks the types
    return generate_latest(registry)


def _forget_dead_workers(folder: Path) -> None:
    """Delete the gauges of workers that were killed; what they have counted stays."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*_*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]  # as above
        except PermissionError:  # alive, and another user's process
            pass


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
