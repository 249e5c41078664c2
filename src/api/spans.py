"""Spans as the collector gets them. They tell no more of a client than the log does."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

HIDDEN = ("url.path", "url.query", "server.address", "http.request.method_original")
"""Attributes with what the client has written; `http.route` has the template of the path."""
UNTRACED = ("/health", "/health/ready", "/metrics")
LENGTH = 200
"""Most characters of an attribute."""
QUEUE = 2048
"""Most spans that wait for the collector; beyond it the next ones are dropped."""
SEND_SECONDS = 5
"""Most seconds for a batch, with all repetitions."""


def provider_of(name: str, url: str, share: float) -> TracerProvider:
    provider = TracerProvider(
        sampler=Untraced(ParentBased(TraceIdRatioBased(share))),
        resource=Resource.create({"service.name": name}),
        span_limits=SpanLimits(max_attribute_length=LENGTH),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(Hiding())
    exporter = OTLPSpanExporter(endpoint=url, timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=QUEUE))
    return provider


class Hiding(SpanProcessor):
    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Overwrite attributes: a span can lose none."""
        for name in HIDDEN:
            if name in (span.attributes or {}):
                span.set_attribute(name, "-")


class Untraced(Sampler):
    """Passes probes over, and leaves the others to another sampler."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        if attributes and attributes.get("url.path") in UNTRACED:
            return SamplingResult(Decision.DROP)
        return self._sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"Untraced({self._sampler.get_description()})"
