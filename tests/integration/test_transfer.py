"""Uploads and downloads, which may take as long as their client goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from httpx import AsyncClient

from src.api import limits
from src.api.capability import Capability
from src.api.limits import streaming
from src.api.routing import ResourceRouter
from src.core.observer import Observer
from src.main import create_app
from tests.api import assert_problem
from tests.apps import make_settings
from tests.live import asking

DEADLINE = 5.0
LARGEST = 50_000_000
PART = b"x" * 100_000


class Heard(Observer):
    def __init__(self) -> None:
        self.ended = list[tuple[str, str, int]]()

    def streamed(self, method: str, route: str, status: int, seconds: float) -> None:
        self.ended.append((method, route, status))


router = ResourceRouter("/content")
made = list[int]()


@router.put("", max_body_size=LARGEST)
@streaming
async def upload(request: Request) -> int:
    return sum([len(part) async for part in request.stream()])


@router.post("", max_body_size=LARGEST)
@streaming
async def add(request: Request) -> int:
    return await upload(request)


@router.get("")
@streaming
async def download(parts: int = 100) -> Response:
    async def content() -> AsyncIterator[bytes]:
        for n in range(parts):
            made.append(n)
            yield PART

    return StreamingResponse(content())


@router.get("/stuck")
@streaming
async def stick() -> Response:
    async def content() -> AsyncIterator[bytes]:
        yield PART
        await asyncio.Event().wait()

    return StreamingResponse(content())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def app(heard: Heard) -> AsyncIterator[FastAPI]:
    part = Capability("content", outside=[router], observers=[heard])
    app = create_app(make_settings("sqlite://", request_deadline=DEADLINE), [part])
    async with app.router.lifespan_context(app):
        yield app


async def test_upload_may_be_larger_than_other_bodies(client: AsyncClient) -> None:
    body = b"x" * 2_000_000

    assert (await client.put("/content", content=body)).json() == len(body)


async def test_upload_that_is_too_large_is_refused_unread(app: FastAPI) -> None:
    length = str(LARGEST + 1)
    async with asking(app, "PUT", "/content", content_length=length) as (live, _):
        assert (await live.start())["status"] == 413


async def test_size_of_an_upload_is_counted(client: AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // len(PART) + 1):
            yield PART

    response = await client.put("/content", content=parts())

    assert_problem(response, 413, f"The body may have at most {LARGEST} bytes.")


async def test_each_part_of_an_upload_puts_the_deadline_off(app: FastAPI) -> None:
    clock = asyncio.get_running_loop().time
    async with asking(app, "PUT", "/content", content_length="300000") as (live, _):
        for _ in range(2):
            begun = clock()
            live.upload(PART)
            async with asyncio.timeout(60):
                while live.arrived.qsize():
                    await asyncio.sleep(0)
            assert live.deadline >= begun + limits.IDLE_SECONDS > begun + DEADLINE
        live.upload(PART, more=False)
        await live.start()
        assert await live.part() == "300000"


async def test_upload_without_a_part_for_long_is_given_up(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.02)
    async with asking(app, "PUT", "/content", content_length="300000") as (live, _):
        live.upload(PART)
        start = await live.start()
        detail = await live.part()

    assert start["status"] == 408
    assert "The body did not arrive in time." in detail


async def test_upload_that_breaks_off_is_no_error(
    app: FastAPI, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with asking(app, "PUT", "/content", content_length="300000") as (live, task):
            live.upload(PART).leave()
            async with asyncio.timeout(60):
                await task

    assert live.sent.empty()
    assert heard.ended == [("PUT", "/content", 0)]
    assert [record.levelname for record in caplog.records] == ["INFO"]


async def test_key_of_a_request_whose_body_streams_is_not_kept(client: AsyncClient) -> None:
    """The body would have to be in memory, and a transaction open until it has arrived."""
    for body in (b"x", b"xx"):
        response = await client.post("/content", content=body, headers={"Idempotency-Key": "a"})
        assert response.json() == len(body)
        assert "idempotent-replayed" not in response.headers


async def test_download_may_take_long(app: FastAPI) -> None:
    async with asking(app, "GET", "/content?parts=2") as (live, _):
        begun = asyncio.get_running_loop().time()
        await live.start()
        assert [await live.part(), await live.part()] == [PART.decode()] * 2
        assert live.deadline >= begun + limits.IDLE_SECONDS > begun + DEADLINE
        assert await live.part() == ""


async def test_download_that_sticks_is_ended(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.02)
    async with asking(app, "GET", "/content/stuck") as (live, task):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), 60)
        assert live.sent.qsize() == 2  # the end is missing: the client sees that it broke off


async def test_head_of_a_download_does_not_make_it(client: AsyncClient) -> None:
    made.clear()

    response = await client.head("/content")

    assert (response.status_code, response.content) == (200, b"")
    assert made in ([], [0])
