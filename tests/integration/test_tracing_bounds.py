"""What tracing holds of spans that a collector does not take."""

import socket
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from src.api import spans
from src.api.spans import QUEUE, provider_of


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[TracerProvider]:
    """Return a provider whose collector never answers."""
    monkeypatch.setattr(spans, "SEND_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/v1/traces"
        provider = provider_of("Service", url, 1)
        yield provider
        provider.shutdown()


def finished(provider: TracerProvider, **attributes: str) -> list[ReadableSpan]:
    """Record a span with these attributes, and return what is exported."""
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    named = {name.replace("_", "."): value for name, value in attributes.items()}
    provider.get_tracer("test").start_span("GET", attributes=named).end()
    return [*exporter.get_finished_spans()]


def test_attributes_are_cut(provider: TracerProvider) -> None:
    (span,) = finished(provider, http_route="x" * 1000)

    assert span.attributes
    assert span.attributes["http.route"] == "x" * 200


def test_what_the_client_has_written_is_overwritten(provider: TracerProvider) -> None:
    (span,) = finished(provider, url_path="/a", url_query="b", server_address="c")

    assert {*(span.attributes or {}).values()} == {"-"}


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
def test_probes_are_not_traced(provider: TracerProvider, path: str) -> None:
    assert finished(provider, url_path=path) == []


def test_spans_that_wait_are_counted(provider: TracerProvider) -> None:
    tracer = provider.get_tracer("test")
    for _ in range(2 * QUEUE):
        tracer.start_span("GET").end()

    (batches,) = [
        each._batch_processor
        for each in provider._active_span_processor._span_processors
        if hasattr(each, "_batch_processor")
    ]
    assert len(batches._queue) <= QUEUE


def test_collector_that_is_silent_holds_up_no_stop(provider: TracerProvider) -> None:
    provider.get_tracer("test").start_span("GET").end()

    provider.shutdown()  # a hang is the failure
