"""What is counted. With several workers set PROMETHEUS_MULTIPROC_DIR, which they count in together."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY

REQUESTS = Histogram(
    "http_request_duration_seconds", "Answered requests.", ["method", "route", "status"]
)
FAILURES = Counter(
    "database_failures_total", "What the database refused, conflicts among it.", ["error"]
)
TURNS = Gauge(
    "database_turns", "Turns at the database there are.", ["lane"], multiprocess_mode="livesum"
)
TAKEN = Gauge(
    "database_turns_taken", "Turns that are taken.", ["lane"], multiprocess_mode="livesum"
)
WAITING = Gauge(
    "database_turns_waiting", "Callers that wait for one.", ["lane"], multiprocess_mode="livesum"
)


def rendered() -> bytes:
    """Everything counted, by all workers, in Prometheus' text format. Reads files."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library's own gap
    return generate_latest(registry)
