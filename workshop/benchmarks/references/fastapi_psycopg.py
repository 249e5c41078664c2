"""Written by hand on FastAPI and psycopg, with Pydantic models in and out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from src.core.ids import uuid7
from workshop.benchmarks.references.postgres import (
    INSERT,
    ONE,
    OWNED_INSERT,
    OWNED_ONE,
    OWNED_PAGE,
    OWNER,
    PAGE,
    make_pool,
    update,
    update_owned,
)
from workshop.benchmarks.references.schemas import (
    Limit,
    Page,
    Thing,
    ThingCreate,
    ThingUpdate,
    digest_of,
)

pool = make_pool()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with pool:
        yield


app = FastAPI(lifespan=lifespan)


async def fetch(statement: str, parameters: Any) -> list[Thing]:
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(Thing)) as cursor,
    ):
        await cursor.execute(statement, parameters)
        rows: list[Thing] = await cursor.fetchall()
        return rows


def the_one(rows: list[Thing]) -> Thing:
    if not rows:
        raise HTTPException(404)
    return rows[0]


@app.get("/api/v1/things/{thing_id}")
async def get_thing(thing_id: UUID) -> Thing:
    return the_one(await fetch(ONE, [thing_id]))


@app.get("/api/v1/things")
async def list_things(limit: Limit = 20) -> Page:
    rows = await fetch(PAGE, [limit + 1])
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=rows[:limit], next_cursor=cursor)


@app.post("/api/v1/things", status_code=201)
async def create_thing(data: ThingCreate) -> Thing:
    return the_one(await fetch(INSERT, {"id": uuid7(), **data.model_dump()}))


@app.patch("/api/v1/things/{thing_id}")
async def update_thing(thing_id: UUID, data: ThingUpdate) -> Thing:
    changes = data.model_dump(exclude_unset=True)
    return the_one(await fetch(update(changes), {"id": thing_id, **changes}))


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def owner_of(authorization: Annotated[str, Header()] = "") -> UUID:
    async with pool.connection() as connection:
        cursor = await connection.execute(OWNER, [digest_of(authorization)])
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(401)
    owner: UUID = row[0]
    return owner


Owner = Annotated[UUID, Depends(owner_of)]


@app.get("/api/v1/owned-things/{thing_id}")
async def get_owned_thing(owner: Owner, thing_id: UUID) -> Thing:
    return the_one(await fetch(OWNED_ONE, [owner, thing_id]))


@app.get("/api/v1/owned-things")
async def list_owned_things(owner: Owner, limit: Limit = 20) -> Page:
    rows = await fetch(OWNED_PAGE, [owner, limit + 1])
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=rows[:limit], next_cursor=cursor)


@app.post("/api/v1/owned-things", status_code=201)
async def create_owned_thing(owner: Owner, data: ThingCreate) -> Thing:
    fields = {"owner": owner, "id": uuid7(), **data.model_dump()}
    return the_one(await fetch(OWNED_INSERT, fields))


@app.patch("/api/v1/owned-things/{thing_id}")
async def update_owned_thing(owner: Owner, thing_id: UUID, data: ThingUpdate) -> Thing:
    changes = data.model_dump(exclude_unset=True)
    fields = {"owner": owner, "id": thing_id, **changes}
    return the_one(await fetch(update_owned(changes), fields))


@app.exception_handler(UniqueViolation)
async def conflict(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "This name is taken."}, 409)
