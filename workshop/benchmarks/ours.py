"""This service as it is compared: with `things`, and as open as its references."""

from fastapi import FastAPI

from src.api.capability import Capability
from src.api.paths import API
from src.capabilities import CAPABILITIES
from src.main import start
from tests import things
from workshop.benchmarks import owned_things

OWNED_THINGS = Capability("owned things", routers=[owned_things.router])


def service() -> FastAPI:
    app = start([*CAPABILITIES, OWNED_THINGS])
    app.include_router(things.router, prefix=API)
    return app
