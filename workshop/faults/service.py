"""The service with routes of the tests' own.

The tests print what they have measured: ``pytest workshop/faults -rP --show-capture=stdout``.
"""

import asyncio
from typing import Annotated

from fastapi import Body, FastAPI, Request
from sqlmodel import func, select

from src.api.counting import CONNECTIONS
from src.api.dependencies import SessionDep
from tests.apps import service

FAULTY = "workshop.faults.service:faulty_app"


def faulty_app() -> FastAPI:
    """The service with routes that are slow or fail, or tell what else cannot be seen."""
    app = service()

    @app.get("/used")
    async def tell() -> float:
        """How many connections to the database are in use."""
        samples = [sample for metric in CONNECTIONS.collect() for sample in metric.samples]
        return sum(each.value for each in samples if each.labels["state"] == "used")

    @app.get("/caller")
    async def tell_caller(request: Request) -> str:
        """Who calls, as far as the service can know behind a proxy."""
        return f"{request.url.scheme} {request.client.host if request.client else None}"

    @app.get("/slow")
    async def hold_a_connection(session: SessionDep, seconds: float) -> None:
        connection = await session.connection()
        if connection.dialect.name == "postgresql":
            await connection.execute(select(func.pg_sleep(seconds)))
        else:
            await asyncio.sleep(seconds)

    @app.post("/broken")
    async def fail(message: Annotated[str, Body()]) -> None:
        raise RuntimeError(message)

    return app
