"""Written by hand on Starlette and psycopg: about the least that Python can do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from src.core.ids import uuid7
from workshop.benchmarks.references.postgres import INSERT, ONE, PAGE, make_pool, update
from workshop.benchmarks.references.schemas import ThingCreate, ThingUpdate

pool = make_pool()


class Answer(JSONResponse):
    def render(self, content: Any) -> bytes:
        return to_json(content)


async def fetch(statement: str, parameters: Any) -> list[dict[str, Any]]:
    async with pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, parameters)
        rows: list[dict[str, Any]] = await cursor.fetchall()
        return rows


def the_one(rows: list[dict[str, Any]]) -> dict[str, Any]:
    if not rows:
        raise HTTPException(404)
    return rows[0]


def id_of(request: Request) -> UUID:
    try:
        return UUID(request.path_params["id"])
    except ValueError:
        raise HTTPException(404) from None


def limit_of(request: Request) -> int:
    limit = request.query_params.get("limit", "20")
    if not (limit.isdecimal() and 1 <= int(limit) <= 100):
        raise HTTPException(422)
    return int(limit)


async def get_thing(request: Request) -> Response:
    return Answer(the_one(await fetch(ONE, [id_of(request)])))


async def list_things(request: Request) -> Response:
    limit = limit_of(request)
    rows = await fetch(PAGE, [limit + 1])
    cursor = rows[limit - 1]["id"] if len(rows) > limit else None
    return Answer({"items": rows[:limit], "next_cursor": cursor, "total": None})


async def create_thing(request: Request) -> Response:
    data = ThingCreate.model_validate_json(await request.body())
    return Answer((await fetch(INSERT, {"id": uuid7(), **data.model_dump()}))[0], 201)


async def update_thing(request: Request) -> Response:
    data = ThingUpdate.model_validate_json(await request.body())
    changes = data.model_dump(exclude_unset=True)
    return Answer(the_one(await fetch(update(changes), {"id": id_of(request), **changes})))


async def health(_: Request) -> Response:
    return Answer({"status": "ok"})


async def invalid(_: Request, error: Exception) -> Response:
    return Response(str(error), 422)


async def conflict(_: Request, __: Exception) -> Response:
    return Response("This name is taken.", 409)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with pool:
        yield


app = Starlette(
    routes=[
        Route("/health", health),
        Route("/api/v1/things", list_things),
        Route("/api/v1/things", create_thing, methods=["POST"]),
        Route("/api/v1/things/{id}", get_thing),
        Route("/api/v1/things/{id}", update_thing, methods=["PATCH"]),
    ],
    exception_handlers={ValidationError: invalid, UniqueViolation: conflict},
    lifespan=lifespan,
)
