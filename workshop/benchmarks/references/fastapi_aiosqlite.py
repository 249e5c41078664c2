"""Written by hand on FastAPI and aiosqlite: a connection to read with, and one to write with."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from sqlite3 import IntegrityError, Row
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from src.core.ids import uuid7
from workshop.benchmarks.references.schemas import (
    Limit,
    Page,
    Thing,
    ThingCreate,
    ThingUpdate,
    digest_of,
)
from workshop.benchmarks.references.sqlite import (
    INSERT,
    ONE,
    OWNED_INSERT,
    OWNED_ONE,
    OWNED_PAGE,
    OWNER,
    PAGE,
    connect,
    now,
)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with connect() as app.state.reader, connect() as app.state.writer:
        yield


app = FastAPI(lifespan=lifespan)


async def read(statement: str, **parameters: Any) -> list[Thing]:
    return [thing(row) for row in await app.state.reader.execute_fetchall(statement, parameters)]


async def write(statement: str, fields: dict[str, Any], thing_id: UUID) -> list[Thing]:
    parameters = {"id": thing_id.hex, "now": now(), **fields}
    if "settings" in fields:
        parameters["settings"] = json.dumps(fields["settings"])
    return [thing(row) for row in await app.state.writer.execute_fetchall(statement, parameters)]


def thing(row: Row) -> Thing:
    return Thing(
        id=UUID(row["id"]),
        version=row["version"],
        created_at=datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC),
        updated_at=datetime.fromisoformat(row["updated_at"]).replace(tzinfo=UTC),
        name=row["name"],
        description=row["description"],
        settings=json.loads(row["settings"]),
    )


def the_one(things: list[Thing]) -> Thing:
    if not things:
        raise HTTPException(404)
    return things[0]


@app.get("/api/v1/things/{thing_id}")
async def get_thing(thing_id: UUID) -> Thing:
    return the_one(await read(ONE, id=thing_id.hex))


@app.get("/api/v1/things")
async def list_things(limit: Limit = 20) -> Page:
    things = await read(PAGE, limit=limit + 1)
    cursor = str(things[limit - 1].id) if len(things) > limit else None
    return Page(items=things[:limit], next_cursor=cursor)


@app.post("/api/v1/things", status_code=201)
async def create_thing(data: ThingCreate) -> Thing:
    return the_one(await write(INSERT, data.model_dump(), uuid7()))


@app.patch("/api/v1/things/{thing_id}")
async def update_thing(thing_id: UUID, data: ThingUpdate) -> Thing:
    fields = data.model_dump(exclude_unset=True)
    changes = "".join(f"{field} = :{field}, " for field in fields)
    statement = (
        f"UPDATE things SET {changes}version = version + 1, updated_at = :now "  # noqa: S608  # names from a model
        "WHERE id = :id RETURNING *"
    )
    return the_one(await write(statement, fields, thing_id))


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


async def owner_of(authorization: Annotated[str, Header()] = "") -> str:
    """Return the id as it is stored."""
    parameters = {"digest": digest_of(authorization), "now": now()}
    rows = [*await app.state.reader.execute_fetchall(OWNER, parameters)]
    if not rows:
        raise HTTPException(401)
    owner: str = rows[0]["id"]
    return owner


Owner = Annotated[str, Depends(owner_of)]


@app.get("/api/v1/owned-things/{thing_id}")
async def get_owned_thing(owner: Owner, thing_id: UUID) -> Thing:
    return the_one(await read(OWNED_ONE, owner=owner, id=thing_id.hex))


@app.get("/api/v1/owned-things")
async def list_owned_things(owner: Owner, limit: Limit = 20) -> Page:
    things = await read(OWNED_PAGE, owner=owner, limit=limit + 1)
    cursor = str(things[limit - 1].id) if len(things) > limit else None
    return Page(items=things[:limit], next_cursor=cursor)


@app.post("/api/v1/owned-things", status_code=201)
async def create_owned_thing(owner: Owner, data: ThingCreate) -> Thing:
    return the_one(await write(OWNED_INSERT, {"owner": owner, **data.model_dump()}, uuid7()))


@app.patch("/api/v1/owned-things/{thing_id}")
async def update_owned_thing(owner: Owner, thing_id: UUID, data: ThingUpdate) -> Thing:
    fields = data.model_dump(exclude_unset=True)
    changes = "".join(f"{field} = :{field}, " for field in fields)
    statement = (
        f"UPDATE owned_things SET {changes}version = version + 1, updated_at = :now "  # noqa: S608  # names from a model
        "WHERE owner_id = :owner AND id = :id RETURNING *"
    )
    return the_one(await write(statement, {"owner": owner, **fields}, thing_id))


@app.exception_handler(IntegrityError)
async def conflict(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "This name is taken."}, 409)
