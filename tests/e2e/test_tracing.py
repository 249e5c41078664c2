"""Traces of a running service, as a collector receives them."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import decompress

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from src.core.safety import refuse_hazards
from tests.apps import make_settings
from tests.e2e.test_service import built, environment, served

__all__ = ["built", "environment"]  # fixtures
TRACE = "0af7651916cd43dd8448eb211c80319c"
SECRET = "planted-in-the-query"  # noqa: S105


class Collector(http.server.BaseHTTPRequestHandler):
    received: list[ExportTraceServiceRequest]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Yield the address of a collector, and what it receives."""
    Collector.received = received = list[ExportTraceServiceRequest]()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/traces", received
        server.shutdown()


def spans_of(received: list[ExportTraceServiceRequest]) -> list[Span]:
    return [
        span
        for request in received
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes_of(span: Span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


def traced(environment: dict[str, str], **settings: str) -> list[ExportTraceServiceRequest]:
    """Send requests to a service, stop it, and return what its collector has received."""
    with collector() as (url, received):
        given = {"TRACES_URL": url, "TOKEN_REQUIRED": "false", "NO_PROXY": "127.0.0.1"} | settings
        with served(environment | given) as (client, process):
            client.get("/health")
            client.get(
                "/api/v1/things",
                params={"name": SECRET},
                headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"},
            )
            process.terminate()
            process.wait(60)
        return received


def test_requests_are_traced_and_tell_nothing_of_the_client(built: dict[str, str]) -> None:
    received = traced(built)

    (request,) = [each for each in spans_of(received) if each.kind == Span.SPAN_KIND_SERVER]
    assert (request.name, request.trace_id.hex()) == ("GET /api/v1/things", TRACE)
    assert attributes_of(request)["http.route"] == "/api/v1/things"
    assert attributes_of(request)["url.query"] == "-"
    assert SECRET not in str(received)
    resource = received[0].resource_spans[0].resource
    assert {"service.name": "Service"}.items() <= {
        each.key: each.value.string_value for each in resource.attributes
    }.items()


def test_share_of_none_traces_none_but_those_that_were_asked_for(built: dict[str, str]) -> None:
    kinds = [each.kind for each in spans_of(traced(built, TRACES_SHARE="0"))]

    assert kinds.count(Span.SPAN_KIND_SERVER) == 1


def test_collector_that_is_away_stops_nothing(built: dict[str, str]) -> None:
    assert traced(built, TRACES_URL="http://127.0.0.1:9/v1/traces") == []


def test_address_needs_the_packages_of_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = make_settings("sqlite://", traces_url="http://collector:4318/v1/traces")
    refuse_hazards(settings)
    monkeypatch.setattr("src.api.tracing.find_spec", lambda _: None)

    with pytest.raises(SystemExit, match="TRACES_URL needs the extra tracing"):
        refuse_hazards(settings)
