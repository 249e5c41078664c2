"""This service as it is compared: with `things`, and as open as its references."""

from fastapi import FastAPI

from src.main import API, start
from tests import things


def service() -> FastAPI:
    app = start()
    app.include_router(things.router, prefix=API)
    return app
