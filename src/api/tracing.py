"""The tracing capability: sends what FastAPI records of each request to an OpenTelemetry collector.

FastAPI makes spans as soon as the process has a provider of them. Without an address it has none.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Annotated

from opentelemetry import trace
from pydantic import AfterValidator, Field

from src.api.capability import Capability
from src.api.service import Service
from src.core.fields import is_port
from src.core.settings import Settings

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:(?P<port>\d{1,5}))?(/[A-Za-z0-9._/-]*)?")


def _url(url: str | None) -> str | None:
    if url is not None and not ((found := _URL.fullmatch(url)) and is_port(found["port"])):
        msg = "write the address of a collector, such as http://collector:4318/v1/traces"
        raise ValueError(msg)
    return url


class TracingSettings(Settings):
    traces_url: Annotated[str | None, AfterValidator(_url)] = None
    """Collector that gets the traces, such as `http://collector:4318/v1/traces`; none if unset."""
    traces_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Share of the requests that are traced, unless their `traceparent` has decided it."""

    def hazards(self) -> Iterator[str]:
        yield from super().hazards()
        if self.traces_url and find_spec("opentelemetry.exporter") is None:
            yield "TRACES_URL needs the extra tracing: pip install 'fastapi[opentelemetry]>=0.165'"


@asynccontextmanager
async def sending(service: Service) -> AsyncIterator[None]:
    from src.api.spans import provider_of  # its packages are an extra

    settings = service.settings_of(TracingSettings)
    provider = provider_of(settings.app_name, str(settings.traces_url), settings.traces_share)
    trace.set_tracer_provider(provider)
    yield
    await asyncio.to_thread(provider.shutdown)  # sends what is left


tracing = Capability(
    name="tracing",
    settings=TracingSettings,
    is_on=lambda settings: isinstance(settings, TracingSettings) and bool(settings.traces_url),
    lifespan=sending,
)
