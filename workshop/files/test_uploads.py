"""Uploads of any size, and uploads that end in the middle, in a folder and in S3."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import md5, sha256
from statistics import quantiles

import psutil
import pytest
from httpx import AsyncClient, Response

from src.core.database import Database
from src.core.settings import Settings
from src.files.errors import StorageAwayError
from src.files.stores import store_of
from src.models.base import utc_now
from src.services.stored_file_purge import Purged, purge
from tests.api import Json
from workshop.files.conftest import BUCKET, Place
from workshop.files.uploader import PART
from workshop.rigs.clients import run_sql, until
from workshop.rigs.wire import connected, read_answer, request_bytes

LARGE = {"folder": 2_000_000_000, "s3": 300_000_000}
"""moto keeps what it gets in memory."""
MORE_MEMORY = 32 * 1024 * 1024
LONGER = 100
"""Milliseconds that others may wait longer beside an upload."""
BROKEN = 100
FILES = "/api/v1/files"
LINE = "PUT /api/v1/files/{file_id}/content"
AT_ONCE = timedelta(seconds=-60)


async def create(client: AsyncClient, **fields: object) -> Json:
    response = await client.post(FILES, json={"name": "a.bin"} | fields)
    assert response.status_code == 201, response.text
    file: Json = response.json()
    return file


def content_of(file: Json) -> str:
    return f"{FILES}/{file['id']}/content"


async def put(client: AsyncClient, file: Json, parts: int) -> Response:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(parts):
            yield PART

    length = {"Content-Length": str(parts * len(PART))}
    return await client.put(content_of(file), content=body(), headers=length, timeout=600)


async def purge_at_once(place: Place) -> Purged:
    """Purge what is of no use, however young."""
    database = Database(Settings.model_validate({"database_url": place.database}))
    try:
        return await purge(database, place.store, AT_ONCE)
    finally:
        await database.dispose()


def log_of(place: Place) -> str:
    return place.service.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("place", ["folder", "s3"], indirect=True)
async def test_large_upload_needs_little_memory_and_holds_nobody_up(
    place: Place, request: pytest.FixtureRequest
) -> None:
    client, process = place.service.client, psutil.Process(place.service.process.pid)
    parts = LARGE["folder" if place.folder else "s3"] // len(PART)
    await put(client, await create(client), 20)  # everything has been used once
    before, alone = process.memory_info().rss, await latencies(client, 5)
    file = await create(client)
    highest, cpu, beside = before, process.cpu_times(), list[float]()
    command = [sys.executable, "-m", "workshop.files.uploader", str(place.service.port)]
    uploader = await asyncio.create_subprocess_exec(*command, content_of(file), str(parts))
    while uploader.returncode is None:
        beside += await latencies(client, 1)
        highest = max(highest, process.memory_info().rss)
    spent = process.cpu_times()

    stored = (await client.get(f"{FILES}/{file['id']}")).json()
    expected = sha256()
    for _ in range(parts):
        expected.update(PART)
    seconds = spent.user + spent.system - cpu.user - cpu.system
    print(
        f"\n{parts} MB: {(highest - before) / 2**20:.1f} MB more memory, {seconds:.1f} s of CPU; "
        f"p50 and p99 of others {shown(alone)} ms alone, {shown(beside)} ms beside"
    )
    assert uploader.returncode == 0
    assert stored["sha256"] == expected.hexdigest()
    assert highest - before <= MORE_MEMORY
    if place.folder:  # moto shares the processors, too
        assert quantiles(beside, n=100)[98] <= quantiles(alone, n=100)[98] + LONGER
    found = sha256()
    async with client.stream("GET", content_of(file)) as answer:
        async for each in answer.aiter_bytes():
            found.update(each)
    assert found.hexdigest() == stored["sha256"]
    assert process.memory_info().rss - before <= MORE_MEMORY


async def latencies(client: AsyncClient, seconds: float) -> list[float]:
    """Ask for a page again and again; return the milliseconds of each answer."""
    found, until_then = [], time.monotonic() + seconds
    while time.monotonic() < until_then:
        started = time.monotonic()
        assert (await client.get(FILES, params={"limit": 1})).status_code == 200
        found.append((time.monotonic() - started) * 1000)
        await asyncio.sleep(0.01)
    return found


def shown(values: list[float]) -> str:
    found = quantiles(values, n=100)
    return f"{found[49]:.1f} and {found[98]:.1f}"


async def test_broken_uploads_leave_nothing(place: Place) -> None:
    client = place.service.client
    files = [await create(client) for _ in range(10)]

    async def break_off(number: int) -> None:
        async with connected(place.service.port) as (_, writer):
            path = content_of(files[number % 10])
            writer.write(request_bytes("PUT", path, b"", length=20_000_000))
            for _ in range(number % 13):
                writer.write(PART)
                await writer.drain()

    async def are_gone() -> bool:
        return log_of(place).count(LINE) == number + 4 and await place.names() == []

    for number in range(0, BROKEN, 4):  # an owner may have four uploads at once
        await asyncio.gather(*(break_off(number + each) for each in range(4)))
        await until(are_gone, 30)

    log = log_of(place)
    assert log.count(f"{LINE} 0") == BROKEN
    assert "Traceback" not in log
    assert "ERROR" not in log
    assert {each["status"] for each in (await client.get(FILES)).json()["items"]} == {"pending"}
    assert (await put(client, files[0], 20)).status_code == 200


async def test_killed_service_leaves_what_the_purge_deletes(place: Place) -> None:
    client = place.service.client
    kept = (await put(client, await create(client), 1)).json()
    async with connected(place.service.port) as (_, writer):
        path = content_of(await create(client))
        writer.write(request_bytes("PUT", path, b"", length=50_000_000))
        for _ in range(20):
            writer.write(PART)
            await writer.drain()

        async def grows() -> bool:
            return len(await place.names()) == 2

        await until(grows, 30)
        place.service.process.kill()
        await place.service.process.wait()

    counts = await purge_at_once(place)

    names = await place.names()
    print(f"\n{counts}, and {names}")
    assert counts.files == 1
    if place.folder:
        assert counts.parts == 1
    # S3 keeps the parts of an unfinished upload until a rule of its bucket deletes them.
    contents = [each for each in names if "files/md5/" in each]
    assert [each.rpartition("files/md5/")[2].replace("/", "") for each in contents] == [kept["md5"]]


@pytest.mark.parametrize("place", ["s3"], indirect=True)
async def test_upload_that_s3_ends_in_the_middle_is_told_to_come_again(place: Place) -> None:
    client, way = place.service.client, place.way
    assert way
    file = await create(client)
    upload = asyncio.create_task(put(client, file, 60))

    async def grows() -> bool:
        return await place.names() != []

    await until(grows, 30)
    await way.refuse()
    refused = await upload
    await way.forward()

    assert refused.status_code == 503, refused.text
    assert refused.json()["detail"] == "The storage of files cannot be reached: repeat the request."
    assert "Traceback" not in log_of(place)
    stored = await put(client, file, 60)
    assert stored.json()["status"] == "stored"
    await way.refuse()
    download = await client.get(content_of(file))
    assert (download.status_code, download.json()["detail"]) == (503, refused.json()["detail"])
    await way.forward()
    await purge_at_once(place)
    assert [each for each in await place.names() if "files/md5" in each]


@pytest.mark.parametrize("place", ["s3"], indirect=True)
async def test_content_that_s3_lacks_is_told(place: Place) -> None:
    client = place.service.client
    stored = (await put(client, await create(client), 1)).json()
    await place.store.delete(stored["md5"])

    gone = await client.get(content_of(stored))

    assert gone.status_code == 410, gone.text
    assert "Traceback" not in log_of(place)
    assert "A content is not in the storage" in log_of(place)


@pytest.mark.parametrize("place", ["s3"], indirect=True)
async def test_bucket_that_is_not_there_is_told(place: Place) -> None:
    store = store_of(f"s3://not-{BUCKET}/service")

    for attempt in (store.keep("part", "md5"), store.delete("md5"), store.drop_older(utc_now())):
        with pytest.raises(StorageAwayError):
            await attempt


@pytest.mark.parametrize("place", ["s3"], indirect=True)
async def test_client_may_send_its_content_to_s3_by_itself(place: Place) -> None:
    client, s3 = place.service.client, place.s3
    assert s3
    file = await create(client, sha256=sha256(PART).hexdigest(), size_bytes=len(PART))
    row = f"{FILES}/{file['id']}"
    early = await client.post(f"{row}/completion")
    signed = await client.post(f"{row}/upload-url")
    url = signed.json()["upload_url"]

    (await s3.put(url, content=b"other" * 200_000)).raise_for_status()
    other = await client.post(f"{row}/completion")
    (await s3.put(url, content=PART)).raise_for_status()
    completed = await client.post(f"{row}/completion")
    (await s3.put(url, content=b"later")).raise_for_status()

    assert early.status_code == 409
    assert signed.headers["cache-control"] == "no-store"
    assert other.status_code == 422, other.text
    assert completed.status_code == 200, completed.text
    assert completed.json()["md5"] == md5(PART, usedforsecurity=False).hexdigest()
    assert (await client.get(content_of(file))).content == PART
    assert (await client.get(content_of(file), headers={"Range": "bytes=-7"})).content == PART[-7:]
    assert (await client.post(f"{row}/completion")).status_code == 409


async def test_body_is_asked_for_only_if_it_will_be_stored(place: Place) -> None:
    """A client that sends `Expect: 100-continue` keeps gigabytes that would be refused."""
    client = place.service.client
    stored = (await put(client, await create(client), 1)).json()
    for file, length, status in (
        (stored, 1000, 409),
        ({"id": "01900000-0000-7000-8000-000000000000"}, 1000, 404),
        (await create(client), 10**13, 413),
    ):
        async with connected(place.service.port) as (reader, writer):
            request = request_bytes("PUT", content_of(file), b"", length=length)
            writer.write(request.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
            assert (await read_answer(reader)).status_code == status


async def test_same_content_of_several_files_is_stored_once(place: Place) -> None:
    client = place.service.client
    files = [await create(client) for _ in range(3)]
    await asyncio.gather(*(put(client, each, 7) for each in files))
    assert len(await place.names()) == 1

    for file in files:
        assert (await client.get(content_of(file))).content == PART * 7
        await client.delete(f"{FILES}/{file['id']}")
    assert (await purge_at_once(place)).contents == 1

    assert await place.names() == []
    assert run_sql(place.database, "SELECT * FROM contents") == []
