"""Written by hand on FastAPI and psycopg, with Pydantic models in and out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from benchmarks.references.postgres import INSERT, ONE, PAGE, make_pool, update
from benchmarks.references.schemas import Limit, Page, Project, ProjectCreate, ProjectUpdate
from src.core.ids import uuid7

pool = make_pool()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with pool:
        yield


app = FastAPI(lifespan=lifespan)


async def fetch(statement: str, parameters: Any) -> list[Project]:
    async with (
        pool.connection() as connection,
        connection.cursor(row_factory=class_row(Project)) as cursor,
    ):
        await cursor.execute(statement, parameters)
        rows: list[Project] = await cursor.fetchall()
        return rows


def the_one(rows: list[Project]) -> Project:
    if not rows:
        raise HTTPException(404)
    return rows[0]


@app.get("/api/v1/projects/{project_id}")
async def get_project(project_id: UUID) -> Project:
    return the_one(await fetch(ONE, [project_id]))


@app.get("/api/v1/projects")
async def list_projects(limit: Limit = 20) -> Page:
    rows = await fetch(PAGE, [limit + 1])
    cursor = str(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=rows[:limit], next_cursor=cursor)


@app.post("/api/v1/projects", status_code=201)
async def create_project(data: ProjectCreate) -> Project:
    return the_one(await fetch(INSERT, {"id": uuid7(), **data.model_dump()}))


@app.patch("/api/v1/projects/{project_id}")
async def update_project(project_id: UUID, data: ProjectUpdate) -> Project:
    changes = data.model_dump(exclude_unset=True)
    return the_one(await fetch(update(changes), {"id": project_id, **changes}))


@app.exception_handler(UniqueViolation)
async def conflict(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "This name is taken."}, 409)
