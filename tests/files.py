"""Files with contents, and the folder that has them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

from httpx import AsyncClient, Response
from sqlmodel import update

from src.core.database import Database
from src.models.base import utc_now
from src.models.stored_file import Content, StoredFile
from tests.api import Json

FILES = "/api/v1/files"
UPLOADS = "/api/v1/uploads"
BODY = b"sepal,petal\n5.1,1.4\n" * 100
DAY = timedelta(days=1)


async def create(client: AsyncClient, **fields: object) -> Json:
    response = await client.post(FILES, json={"name": "a.csv"} | fields)
    assert response.status_code == 201, response.text
    file: Json = response.json()
    return file


async def store(client: AsyncClient, body: bytes = BODY, /, **fields: object) -> Json:
    """Create a file with a content."""
    response = await put(client, await create(client, **fields), body)
    assert response.status_code == 200, response.text
    stored: Json = response.json()
    return stored


async def put(client: AsyncClient, file: Json, body: bytes = BODY) -> Response:
    return await client.put(content_of(file), content=body)


async def read(client: AsyncClient, file: Json) -> Json:
    row: Json = (await client.get(path_of(file))).json()
    return row


def path_of(file: Json) -> str:
    return f"{FILES}/{file['id']}"


def content_of(file: Json) -> str:
    return f"{path_of(file)}/content"


def found_in(place: Path) -> list[str]:
    """Return the names of all parts and contents."""
    return sorted(str(each.relative_to(place)) for each in place.rglob("*") if each.is_file())


def address_of(body: bytes) -> str:
    digest = md5(body, usedforsecurity=False).hexdigest()
    return f"files/md5/{digest[:2]}/{digest[2:]}"


async def age(database: Database) -> None:
    """Let all rows be two days older."""
    then = utc_now() - 2 * DAY
    async with database.writing() as session:
        await session.exec(update(StoredFile).values(updated_at=then))
        await session.exec(update(Content).values(claimed_at=then))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.001)


async def emptied(queue: asyncio.Queue[Any]) -> None:
    """Wait until a request has read all that has arrived."""
    await until(lambda: not queue.qsize())
