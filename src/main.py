from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from src.api.access import authorize
from src.api.context import RequestContext
from src.api.draining import Drain
from src.api.middleware import BodyLimit, Deadline, HeadAsGet, TrustedHosts
from src.api.problems import PROBLEM_HANDLERS, PROBLEM_RESPONSES
from src.api.routes import (
    deployments,
    experiments,
    health,
    lineage,
    login,
    me,
    metrics,
    ml_metrics,
    ml_models,
    model_aliases,
    model_versions,
    projects,
    tokens,
    users,
)
from src.core.config import Settings, get_settings
from src.core.database import Database
from src.core.logs import configure_logging
from src.core.safety import refuse_hazards
from src.services.access import AccessService

API = "/api/v1"


def create_app(settings: Settings) -> FastAPI:
    database, drain = Database(settings), Drain(settings.drain_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.openapi()  # keeps the paths of the log lines, which the first request would wait for
        await database.warm()
        with drain.on_sigterm():
            yield
        await database.dispose()

    in_development = settings.environment == "development"
    build = FastAPIOffline if in_development else partial(FastAPI, openapi_url=None)
    app = build(
        title=settings.app_name,
        lifespan=lifespan,
        middleware=middleware_of(settings),
        exception_handlers=PROBLEM_HANDLERS,
        responses=PROBLEM_RESPONSES,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings, app.state.database, app.state.drain = settings, database, drain

    app.state.access = AccessService(database)

    api = APIRouter(prefix=API, dependencies=[Depends(authorize)])
    api.include_router(me.router)
    api.include_router(tokens.router)
    api.include_router(users.router)
    api.include_router(projects.router)
    api.include_router(experiments.router)
    api.include_router(ml_metrics.router)
    api.include_router(ml_models.router)
    api.include_router(model_versions.router)
    api.include_router(model_versions.of_model)
    api.include_router(model_aliases.router)
    api.include_router(model_aliases.by_name)
    api.include_router(deployments.router)
    api.include_router(lineage.router)
    app.include_router(api)

    # Whoever they are:
    app.include_router(login.router, prefix=API)
    app.include_router(health.router)
    if settings.metrics:
        app.include_router(metrics.router, dependencies=[Depends(authorize)])
    return app


def middleware_of(settings: Settings) -> list[Middleware]:
    """From the outermost to the innermost."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_credentials=settings.cors_credentials,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=[
            "Authorization",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "X-Request-ID",
        ],
        expose_headers=["ETag", "Idempotent-Replayed", "Location", "Retry-After", "X-Request-ID"],
    )
    return [
        Middleware(HeadAsGet),
        Middleware(RequestContext),
        Middleware(TrustedHosts, hosts=settings.allowed_hosts),
        *([cors] if settings.cors_origins else []),
        Middleware(Deadline, seconds=settings.request_deadline),
        Middleware(BodyLimit, limit=settings.max_body_size),
    ]


def start() -> FastAPI:
    settings = get_settings()
    refuse_hazards(settings)
    configure_logging(settings)
    return create_app(settings)


app = start()
