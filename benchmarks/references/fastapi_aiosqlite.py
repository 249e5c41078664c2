"""Written by hand on FastAPI and aiosqlite: a connection to read with, and one to write with."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from sqlite3 import IntegrityError, Row
from typing import Any
from uuid import UUID

import aiosqlite
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from benchmarks.references.schemas import Limit, Page, Project, ProjectCreate, ProjectUpdate
from src.core.ids import uuid7

PATH = os.environ["DATABASE_URL"].removeprefix("sqlite:///")
ONE = "SELECT * FROM projects WHERE id = :id"
PAGE = "SELECT * FROM projects ORDER BY id DESC LIMIT :limit"
INSERT = """
    INSERT INTO projects (id, version, created_at, updated_at, name, description, settings)
    VALUES (:id, 1, :now, :now, :name, :description, :settings)
    RETURNING *
"""


@asynccontextmanager
async def connect() -> AsyncIterator[aiosqlite.Connection]:
    async with aiosqlite.connect(PATH, isolation_level=None) as connection:
        connection.row_factory = Row
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute("PRAGMA foreign_keys = ON")
        yield connection


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with connect() as app.state.reader, connect() as app.state.writer:
        yield


app = FastAPI(lifespan=lifespan)


async def read(statement: str, **parameters: Any) -> list[Project]:
    return [project(row) for row in await app.state.reader.execute_fetchall(statement, parameters)]


async def write(statement: str, fields: dict[str, Any], project_id: UUID) -> list[Project]:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    parameters = {"id": project_id.hex, "now": now, **fields}
    if "settings" in fields:
        parameters["settings"] = json.dumps(fields["settings"])
    return [project(row) for row in await app.state.writer.execute_fetchall(statement, parameters)]


def project(row: Row) -> Project:
    return Project(
        id=UUID(row["id"]),
        version=row["version"],
        created_at=datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC),
        updated_at=datetime.fromisoformat(row["updated_at"]).replace(tzinfo=UTC),
        name=row["name"],
        description=row["description"],
        settings=json.loads(row["settings"]),
    )


def the_one(projects: list[Project]) -> Project:
    if not projects:
        raise HTTPException(404)
    return projects[0]


@app.get("/api/v1/projects/{project_id}")
async def get_project(project_id: UUID) -> Project:
    return the_one(await read(ONE, id=project_id.hex))


@app.get("/api/v1/projects")
async def list_projects(limit: Limit = 20) -> Page:
    projects = await read(PAGE, limit=limit + 1)
    cursor = str(projects[limit - 1].id) if len(projects) > limit else None
    return Page(items=projects[:limit], next_cursor=cursor)


@app.post("/api/v1/projects", status_code=201)
async def create_project(data: ProjectCreate) -> Project:
    return the_one(await write(INSERT, data.model_dump(), uuid7()))


@app.patch("/api/v1/projects/{project_id}")
async def update_project(project_id: UUID, data: ProjectUpdate) -> Project:
    fields = data.model_dump(exclude_unset=True)
    changes = "".join(f"{field} = :{field}, " for field in fields)
    statement = (
        f"UPDATE projects SET {changes}version = version + 1, updated_at = :now "  # noqa: S608  # names from a model
        "WHERE id = :id RETURNING *"
    )
    return the_one(await write(statement, fields, project_id))


@app.exception_handler(IntegrityError)
async def conflict(_: Request, __: Exception) -> Response:
    return JSONResponse({"detail": "This name is taken."}, 409)
