from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from src.api.middleware import BodyLimit, SecurityHeaders
from src.api.problems import PROBLEM_HANDLERS, PROBLEM_RESPONSES
from src.api.routes import health, projects
from src.core.config import Settings, get_settings
from src.core.database import Database

API = "/api/v1"


def create_app(settings: Settings) -> FastAPI:
    database = Database(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await database.dispose()

    in_development = settings.environment == "development"
    build = FastAPIOffline if in_development else partial(FastAPI, openapi_url=None)
    app = build(
        title=settings.app_name,
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(BodyLimit, limit=settings.max_body_size),
        ],
        exception_handlers=PROBLEM_HANDLERS,
        responses=PROBLEM_RESPONSES,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.database = database

    app.include_router(health.router)
    app.include_router(projects.router, prefix=API)
    return app


app = create_app(get_settings())
