"""Bounds of files: sizes, quotas, transfers at once, a full disk, clients that leave."""

import asyncio
import logging
import resource
import threading
from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from src.api.file_bodies import KEEPING_SECONDS
from src.files import folder, transfers
from src.files.folder import Folder
from src.files.threads import in_thread, opened
from src.services import stored_file
from tests.api import Json, assert_problem
from tests.apps import service_of
from tests.files import (
    BODY,
    FILES,
    UPLOADS,
    content_of,
    create,
    emptied,
    found_in,
    path_of,
    put,
    read,
    store,
    until,
)
from tests.live import Live, asking

QUOTA = "The file would exceed the quota of your files: delete others first."
FULL = "The disk has no room for this file: repeat the request later."
TOO_MANY = "You are transferring too many files at once: repeat the request later."
FORM_HEAD = b'--x\r\nContent-Disposition: form-data; name=f; filename="a"\r\n\r\n'


@pytest.fixture
def settings(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """Return the settings of the app, to be changed for the test."""
    values = vars(service_of(app).settings)
    for name in ("max_file_size", "file_quota"):
        monkeypatch.setitem(values, name, values[name])
    return values


async def together(app: FastAPI, files: list[Json], bodies: list[bytes]) -> list[int]:
    """Upload contents, each of which begins before any ends; return the statuses in order."""
    async with AsyncExitStack() as stack:
        lives = list[Live]()
        for file, body in zip(files, bodies, strict=True):
            upload = asking(app, "PUT", content_of(file), content_length=str(len(body)))
            live, _ = await stack.enter_async_context(upload)
            await emptied(live.upload(body[:10]).arrived)
            lives.append(live)
        for live, body in zip(lives, bodies, strict=True):
            live.upload(body[10:], more=False)
        return sorted([(await live.start())["status"] for live in lives])


async def test_file_that_is_too_large_is_refused_unread(
    app: FastAPI, client: AsyncClient, settings: dict[str, object]
) -> None:
    settings["max_file_size"] = 2000
    file = await create(client)

    for length in ("2001", "9" * 40):
        async with asking(app, "PUT", content_of(file), content_length=length) as (live, _):
            assert (await live.start())["status"] == 413
    assert (await put(client, file, BODY)).status_code == 200


async def test_quota_of_an_owner_holds_for_uploads_at_once(
    app: FastAPI,
    client: AsyncClient,
    other: AsyncClient,
    settings: dict[str, object],
    place: Path,
) -> None:
    settings["file_quota"] = 4000
    files = [await create(client) for _ in range(3)]

    assert await together(app, files, [BODY, b"y" * 2000, b"z" * 2000]) == [200, 200, 507]
    assert_problem(await put(client, await create(client), b"x"), 507, QUOTA)
    assert (await store(other))["status"] == "stored"
    for file in files:
        await client.delete(path_of(file))
    assert (await store(client))["status"] == "stored"
    assert not list(place.glob("tmp/*"))


async def test_one_of_several_uploads_of_a_file_wins(
    app: FastAPI, client: AsyncClient, place: Path
) -> None:
    file = await create(client)

    statuses = await together(app, [file] * 3, [b"a" * 50, b"b" * 50, b"c" * 50])

    content = (await client.get(content_of(file))).content
    assert statuses == [200, 409, 409]
    assert sha256(content).hexdigest() == (await read(client, file))["sha256"]
    assert not list(place.glob("tmp/*"))


async def test_stale_version_is_refused_before_the_body_is_read(
    app: FastAPI, client: AsyncClient
) -> None:
    file = await create(client)
    await client.patch(path_of(file), json={"name": "renamed"})

    target = content_of(file)
    async with asking(app, "PUT", target, content_length="9", if_match='"1"') as (live, _):
        assert (await live.start())["status"] == 412
    async with asking(app, "PUT", target, content_length="9", if_match='"2"') as (live, _):
        live.upload(b"x" * 9, more=False)
        assert (await live.start())["status"] == 200


async def test_other_requests_are_served_during_an_upload(
    app: FastAPI, client: AsyncClient
) -> None:
    """An upload holds no connection: in memory, there is but one."""
    file = await create(client)
    async with asking(app, "PUT", content_of(file), content_length="20") as (live, _):
        await emptied(live.upload(b"x" * 10).arrived)
        assert (await read(client, file))["status"] == "pending"
        live.upload(b"x" * 10, more=False)
        assert (await live.start())["status"] == 200


@pytest.mark.parametrize("is_form", [False, True])
async def test_upload_that_breaks_off_leaves_nothing(
    app: FastAPI,
    client: AsyncClient,
    place: Path,
    caplog: pytest.LogCaptureFixture,
    is_form: bool,
) -> None:
    file = await create(client)
    method, target = ("POST", UPLOADS) if is_form else ("PUT", content_of(file))
    headers = {"content_length": "3000000", "content_type": "multipart/form-data; boundary=x"}
    async with asking(app, method, target, **headers) as (live, task):
        live.upload(FORM_HEAD).upload(b"x" * 2_000_000)
        await until(lambda: found_in(place))
        live.leave()
        async with asyncio.timeout(60):
            await task

    assert found_in(place) == []
    assert (await client.get(FILES)).json()["items"] == [file]
    assert {record.levelno for record in caplog.records} <= {logging.INFO}


async def test_content_has_its_time_to_be_stored(
    app: FastAPI, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps, may_end, keep = asyncio.Event(), asyncio.Event(), Folder.keep

    async def keep_slowly(self: Folder, part: str, md5: str) -> None:
        keeps.set()
        await may_end.wait()
        await keep(self, part, md5)

    monkeypatch.setattr(Folder, "keep", keep_slowly)
    begun = asyncio.get_running_loop().time()
    target = content_of(await create(client))
    async with asking(app, "PUT", target, content_length="9") as (live, _):
        live.upload(b"x" * 9, more=False)
        async with asyncio.timeout(60):
            await keeps.wait()
        assert live.deadline >= begun + KEEPING_SECONDS
        may_end.set()
        assert (await live.start())["status"] == 200


async def test_full_disk_is_told_before_the_body_is_read(
    app: FastAPI, client: AsyncClient, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "SPARE_BYTES", 10**18)
    target = content_of(await create(client))

    async with asking(app, "PUT", target, content_length="9") as (live, _):
        assert (await live.start())["status"] == 507
    assert found_in(place) == []


async def test_disk_that_becomes_full_leaves_nothing(client: AsyncClient, place: Path) -> None:
    file = await create(client)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        response = await put(client, file, b"x" * 3_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert_problem(response, 507, FULL)
    assert found_in(place) == []
    assert (await put(client, file, BODY)).status_code == 200


async def test_transfers_are_counted(
    app: FastAPI, client: AsyncClient, other: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, theirs = await store(client), await create(other)
    for each in (transfers.UPLOADS, transfers.DOWNLOADS):
        monkeypatch.setattr(each, "_most", 1)
        monkeypatch.setattr(each, "_most_of_owner", 1)
    target = content_of(await create(client))
    async with asking(app, "PUT", target, content_length="20") as (live, task):
        await emptied(live.upload(b"x").arrived)
        second = await put(client, await create(client))
        others = await put(other, theirs)
        live.upload(b"x" * 19, more=False)
        await task
    async with asking(app, "GET", content_of(stored)) as (live, task):
        live.reads.clear()
        await until(lambda: transfers.DOWNLOADS._taken)
        download = await client.get(content_of(stored))
        live.reads.set()
        await task

    assert_problem(second, 429, TOO_MANY)
    assert_problem(download, 429, TOO_MANY)
    assert second.headers["retry-after"] == "1"
    assert_problem(others, 503, "Too many files are being transferred: repeat the request.")
    assert (await put(other, theirs)).status_code == 200
    assert (await client.get(content_of(stored))).status_code == 200


async def test_files_without_a_content_are_counted(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_file, "PENDING", 2)
    first, _ = await create(client), await create(client)

    refused = await client.post(FILES, json={"name": "third"})
    await put(client, first)

    assert refused.status_code == 409
    assert (await client.post(FILES, json={"name": "third"})).status_code == 201


async def test_work_in_a_thread_is_over_when_its_caller_goes_on() -> None:
    """Otherwise the caller would close the file that the thread writes to."""
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        assert may_end.wait(60)
        ended.set()
        raise OSError

    caller = asyncio.create_task(in_thread(work))
    await until(began.is_set)
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0)
    assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended.is_set()


async def test_file_that_nobody_waits_for_is_closed(tmp_path: Path) -> None:
    began, may_end, files = threading.Event(), threading.Event(), list[BinaryIO]()

    def open_slowly() -> BinaryIO:
        began.set()
        assert may_end.wait(60)
        files.append((tmp_path / "file").open("wb"))
        return files[0]

    async def use() -> None:
        async with opened(open_slowly):
            pytest.fail("It was cancelled.")

    caller = asyncio.create_task(use())
    await until(began.is_set)
    caller.cancel()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert files[0].closed
