import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from fastapi import APIRouter, FastAPI
from fastapi_offline import FastAPIOffline

from src.api.capability import Capability, observers_of, settings_with
from src.api.document import PROBLEM_RESPONSES, define_problem
from src.api.draining import Drain
from src.api.layers import layers_of
from src.api.lookup import LookupRouter
from src.api.paths import API
from src.api.problems import PROBLEM_HANDLERS
from src.api.routes import (
    deployments,
    documents,
    experiments,
    health,
    lineage,
    ml_metrics,
    ml_models,
    model_aliases,
    model_versions,
    projects,
)
from src.api.service import Service, anonymous
from src.api.streams import Streams
from src.capabilities import CAPABILITIES
from src.core.database import Database
from src.core.logs import configure_logging
from src.core.memory import return_large_blocks
from src.core.safety import end_start, refuse_hazards
from src.core.settings import Settings, read_settings
from src.core.workers import as_started


def create_app(settings: Settings, capabilities: Sequence[Capability] = CAPABILITIES) -> FastAPI:
    capabilities = [each for each in capabilities if each.is_on(settings)]
    observers = observers_of(capabilities, settings)
    database, drain = Database(settings, observers), Drain(settings.drain_seconds)
    service = Service(
        settings,
        database,
        drain,
        Streams(settings, database, drain, observers),
        next((each.identify for each in capabilities if each.identify), anonymous),
        observers,
    )

    build = partial(FastAPI, openapi_url=None) if settings.in_production else FastAPIOffline
    app = build(
        title=settings.app_name,
        lifespan=lambda _: running(service, capabilities),
        middleware=layers_of(settings, capabilities, observers, health.PATHS),
        exception_handlers=PROBLEM_HANDLERS,
        responses=PROBLEM_RESPONSES,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service
    define_problem(app)
    site = LookupRouter()
    site.include_router(health.router)
    api = APIRouter(dependencies=[guard for each in capabilities for guard in each.guards])
    api.include_router(projects.router)
    api.include_router(experiments.router)
    api.include_router(ml_metrics.router)
    api.include_router(ml_models.router)
    api.include_router(model_versions.router)
    api.include_router(model_aliases.router)
    api.include_router(deployments.router)
    api.include_router(lineage.router)
    api.include_router(documents.router)
    for each in capabilities:
        each.install(site, api, API)
    site.include_router(api, prefix=API)
    app.include_router(site)
    return app


@asynccontextmanager
async def running(service: Service, capabilities: Sequence[Capability]) -> AsyncIterator[None]:
    try:
        await service.database.warm()
    except SystemExit:
        sys.tracebacklimit = 0  # the server logs the traceback: only its last line says anything
        raise
    async with AsyncExitStack() as stack:
        stack.push_async_callback(service.database.dispose)
        for each in capabilities:
            if each.lifespan:
                await stack.enter_async_context(each.lifespan(service))
        await stack.enter_async_context(service.database.listener.running())
        await stack.enter_async_context(service.streams.hub.running())
        with service.drain.on_signals():
            yield


def start(capabilities: Sequence[Capability] = CAPABILITIES) -> FastAPI:
    """Build the app from the environment, or end the process with the reasons against it."""
    try:
        settings = as_started(read_settings(settings_with(capabilities)))
        refuse_hazards(settings)
    except SystemExit as stop:
        end_start(stop)
    configure_logging(settings)
    return_large_blocks()
    return create_app(settings, capabilities)


app = start()
