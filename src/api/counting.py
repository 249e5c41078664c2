"""Counts and times what the service does, with the client of Prometheus."""

import os
from functools import cache

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from src.core.observer import Observer
from src.core.safety import end_start

FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def _refuse_folder() -> None:
    """End before the library does, which writes to the folder as soon as there is a metric."""
    folder = os.environ.get(FOLDER)
    if folder is not None and not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
        end_start(f"{FOLDER} has to name a directory that exists and is writable")


_refuse_folder()
disable_created_metrics()  # type: ignore[no-untyped-call]  # a quarter of all lines, for nobody
SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)
"""Buckets in seconds, from a read by id to more than the deadline of a request."""
LONG = (0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 14400)
"""Buckets in seconds for what takes longer than a request."""
REQUESTS = Histogram(
    "http_request_duration_seconds",
    "Answered requests.",
    ["method", "route", "status"],
    buckets=SHORT,
)
IN_PROGRESS = Gauge(
    "http_requests_in_progress",
    "Requests without an answer, and streams that go on.",
    multiprocess_mode="livesum",
)
STREAMED = Histogram(
    "http_stream_duration_seconds",
    "Ended streams, whose length is their client's choice.",
    ["method", "route", "status"],
    buckets=(1, 10, 60, 600, 3600),
)
STREAMS = Gauge("http_streams_open", "Answers that wait for news.", multiprocess_mode="livesum")
REPLAYS = Counter(
    "idempotent_replays_total", "POSTs that got the stored answer of the first one with their key."
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
WAITS = Histogram(
    "database_wait_seconds",
    "Waits of callers that found no free connection.",
    ["pool"],
    buckets=SHORT,
)
CONNECTS = Counter(
    "database_connects_total", "New connections to the database, by outcome.", ["pool", "outcome"]
)
CONNECTIONS = Gauge(
    "database_pool_connections",
    "Connections of a pool by state: its size, used, and awaited by callers.",
    ["pool", "state"],
    multiprocess_mode="livesum",
)


@cache
def gauge(name: str, *labels: str) -> Gauge:
    """Return the gauge of a capability: all processes measure the same."""
    return Gauge(name, "Measured by a capability.", labels, multiprocess_mode="livemostrecent")


@cache
def counter(name: str, *labels: str) -> Counter:
    return Counter(name, "Counted by a capability.", labels)


@cache
def histogram(name: str, *labels: str) -> Histogram:
    return Histogram(name, "Timed by a capability.", labels, buckets=LONG)


# The library keeps one of these for each combination of labels, but looks for it under a lock.
_requests, _connections = cache(REQUESTS.labels), cache(CONNECTIONS.labels)


class Counting(Observer):
    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        _requests(method, route, status).observe(seconds)

    def requests_changed(self, change: int) -> None:
        IN_PROGRESS.inc(change)

    def streamed(self, method: str, route: str, status: int, seconds: float) -> None:
        STREAMED.labels(method, route, status).observe(seconds)

    def streams_changed(self, change: int) -> None:
        STREAMS.inc(change)

    def replayed(self) -> None:
        REPLAYS.inc()

    def refused(self, reason: str) -> None:
        REFUSED.labels(reason).inc()

    def failed(self, error: Exception) -> None:
        FAILURES.labels(type(error).__name__).inc()

    def fell_back(self, reason: str) -> None:
        FALLBACKS.labels(reason).inc()

    def waited(self, pool: str, seconds: float) -> None:
        WAITS.labels(pool).observe(seconds)

    def connected(self, pool: str, outcome: str) -> None:
        CONNECTS.labels(pool, outcome).inc()

    def measured(self, name: str, value: float, /, **labels: str) -> None:
        named = gauge(name, *labels)
        (named.labels(**labels) if labels else named).set(value)

    def counted(self, name: str, count: int, /, **labels: str) -> None:
        counter(name, *labels).labels(**labels).inc(count)

    def timed(self, name: str, seconds: float, /, **labels: str) -> None:
        named = histogram(name, *labels)
        (named.labels(**labels) if labels else named).observe(seconds)

    def pool_changed(self, pool: str, state: str, change: int) -> None:
        _connections(pool, state).inc(change)
