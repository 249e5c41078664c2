"""What the purge deletes, and what it leaves to uploads."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlmodel import select, update

from src.core.database import Database
from src.core.errors import MissingReferenceError
from src.files.errors import OtherStorageError
from src.files.folder import Folder
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.models.base import utc_now
from src.models.stored_file import Content, StoredFile
from src.services.stored_file_purge import Purged, purge
from src.services.stored_file_uploads import Bounds, UploadService
from tests.api import Json
from tests.apps import database_of, service_of
from tests.files import (
    BODY,
    DAY,
    address_of,
    age,
    content_of,
    create,
    found_in,
    path_of,
    read,
    store,
)
from tests.integration.test_files import TestFiles as Files


async def purged(app: FastAPI, older_than: timedelta = DAY) -> Purged:
    service = service_of(app)
    url = service.settings_of(FilesSettings).files_url
    return await purge(service.database, store_of(url), older_than)


async def test_content_is_purged_when_no_file_has_it(
    app: FastAPI, client: AsyncClient, other: AsyncClient, database: Database, place: Path
) -> None:
    mine, theirs = await store(client), await store(other)
    await age(database)

    await client.delete(path_of(mine))
    assert await purged(app) == (0, 0, 0)
    assert (await other.get(content_of(theirs))).content == BODY

    await other.delete(path_of(theirs))
    assert await purged(app) == (0, 0, 1)
    assert found_in(place) == []


async def test_content_that_was_uploaded_lately_is_not_purged(
    app: FastAPI, client: AsyncClient, place: Path
) -> None:
    """Its upload may be about to refer to it."""
    file = await store(client)
    await client.delete(path_of(file))

    assert await purged(app) == (0, 0, 0)
    assert found_in(place) == [address_of(BODY)]


async def test_files_that_got_no_content_are_purged(
    app: FastAPI, client: AsyncClient, database: Database
) -> None:
    await create(client)
    stored = await store(client)
    await age(database)
    new = await create(client)

    assert await purged(app) == (0, 1, 0)
    assert [each["id"] for each in await Files.listed(client)] == [new["id"], stored["id"]]


async def test_parts_of_killed_uploads_are_purged(app: FastAPI, place: Path) -> None:
    (place / "tmp").mkdir(exist_ok=True)
    old, new = uuid4().hex, uuid4().hex
    for name, hours in ((old, 48), (new, 1), (str(uuid4()), 48), ("somebody else's", 48)):
        (place / "tmp" / name).write_bytes(BODY)
        then = utc_now().timestamp() - hours * 3600
        os.utime(place / "tmp" / name, (then, then))

    assert await purged(app) == (2, 0, 0)
    assert found_in(place) == sorted([f"tmp/{new}", "tmp/somebody else's"])


@pytest.mark.parametrize("is_deleted", [True, False])
async def test_another_storage_is_refused_and_the_row_stays(
    app: FastAPI,
    client: AsyncClient,
    database: Database,
    place: Path,
    tmp_path: Path,
    is_deleted: bool,
) -> None:
    file = await store(client)
    if is_deleted:
        await client.delete(path_of(file))
    await create(client)
    await age(database)

    with pytest.raises(OtherStorageError, match="FILES_URL"):
        await purge(database, Folder(tmp_path), DAY)

    assert await purged(app) == (0, 1, is_deleted)
    assert found_in(place) == [address_of(BODY)] * (not is_deleted)


async def test_purge_that_was_killed_between_bytes_and_row_is_repeated(
    app: FastAPI, client: AsyncClient, database: Database, place: Path
) -> None:
    class Killed(Folder):
        async def delete(self, md5: str) -> None:
            await super().delete(md5)
            raise SystemExit

    file = await store(client)
    await client.delete(path_of(file))
    await age(database)

    with pytest.raises(SystemExit):
        await purge(database, Killed(place), DAY)

    assert found_in(place) == []
    assert await purged(app) == (0, 0, 1)
    assert await purged(app) == (0, 0, 0)


class Paused(Folder):
    """Calls a function before it deletes a content, or after it has kept one."""

    def __init__(self, folder: Path, pause: Callable[[], Awaitable[object]], at: str) -> None:
        super().__init__(folder)
        self._pause, self._at = pause, at

    async def delete(self, md5: str) -> None:
        if self._at == "delete":
            await self._pause()
        await super().delete(md5)

    async def keep(self, part: str, md5: str) -> None:
        await super().keep(part, md5)
        if self._at == "keep":
            await self._pause()


async def test_upload_of_a_content_waits_for_its_purge(
    shared_concurrent_app: FastAPI, concurrent_client: AsyncClient
) -> None:
    app, client = shared_concurrent_app, concurrent_client
    place = Path(service_of(app).settings_of(FilesSettings).files_url)
    first = await store(client)
    await client.delete(path_of(first))
    await age(database_of(app))
    uploads = list[asyncio.Task[Json]]()

    async def begin_upload() -> None:
        uploads.append(asyncio.create_task(store(client)))
        await asyncio.wait(uploads, timeout=0.2)  # it cannot end before the purge does

    counts = await purge(database_of(app), Paused(place, begin_upload, "delete"), DAY)
    again = await uploads[0]

    assert counts.contents == 1
    assert (await client.get(content_of(again))).content == BODY


async def test_upload_that_was_stopped_for_longer_than_a_purge_waits_refers_to_nothing(
    app: FastAPI, client: AsyncClient, database: Database, place: Path
) -> None:
    file = await create(client)

    async def purge_it() -> None:
        async with database.writing() as session:
            await session.exec(update(Content).values(claimed_at=utc_now() - 2 * DAY))
        assert (await purged(app)).contents == 1

    async def body() -> AsyncIterator[bytes]:
        yield BODY

    async with database.reading() as session:
        owner_id = (await session.exec(select(StoredFile.owner_id))).one()
    paused = Paused(place, purge_it, "keep")
    uploads = UploadService(database, paused, Bounds(10**9, 10**9), owner_id)
    with pytest.raises(MissingReferenceError):
        await uploads.upload(UUID(file["id"]), len(BODY), body(), None)

    assert (await read(client, file))["status"] == "pending"
    assert found_in(place) == []
