"""The jobs capability: work that outlives its request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from src.api.capability import Capability
from src.api.routes import jobs as routes
from src.api.service import Service
from src.core.engines import is_in_memory
from src.core.settings import Settings
from src.jobs.gauges import Gauges
from src.models.job import CHANNEL
from src.services.job_watch import versions_of


class JobSettings(Settings):
    worker: bool = True
    """Let `make run` start a worker beside the service; elsewhere run `python -m src.worker`."""


def _companion(settings: Settings) -> str | None:
    has_worker = isinstance(settings, JobSettings) and settings.worker
    return "src.worker" if has_worker and not is_in_memory(settings.database_url) else None


@asynccontextmanager
async def _running(service: Service) -> AsyncIterator[None]:
    """Let streams hear of jobs, and count the jobs if anybody observes the service."""
    service.streams.hub.join(CHANNEL, versions_of)
    gauges = Gauges(service.database, service.observers)
    measuring = asyncio.create_task(gauges.keep_measuring()) if service.observers else None
    yield
    if measuring:
        measuring.cancel()
        await asyncio.wait({measuring})


jobs = Capability(
    name="jobs",
    settings=JobSettings,
    routers=[routes.router],
    lifespan=_running,
    companion=_companion,
)
