"""What a connection may hold before there is a request, with uvicorn itself."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from src.api import connections
from src.api.connections import Connection
from src.api.sizes import HEADER_BYTES, URL_BYTES

GET = b"GET / HTTP/1.1\r\nHost: test\r\n"
SECONDS = 0.1
type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer_nothing(_: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    config = uvicorn.Config(answer_nothing, http=Connection, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as listener, pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "timeout_keep_alive", SECONDS)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


async def connected(port: int) -> Streams:
    return await asyncio.open_connection("127.0.0.1", port)


async def sent(port: int, *parts: bytes) -> bytes:
    """Send, and return what comes until the server closes the connection."""
    reader, writer = await connected(port)
    with suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
    answer = b""
    with suppress(ConnectionError):
        async with asyncio.timeout(10):
            answer = await reader.read()
    writer.close()
    return answer


async def test_headers_that_never_end_are_refused(port: int) -> None:
    most = HEADER_BYTES + URL_BYTES

    answer = await sent(port, GET, b"X-Long: ".ljust(most + 1 - len(GET), b"x"))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"connection: close" in head
    assert b'"status":431' in body


async def test_connections_without_complete_headers_are_closed(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    started = [[], [b"GET"], [GET], [b"\r\n"], [b"\r\n", b"\r\n"]]
    later = [[GET + b"\r\n", GET], [GET + b"\r\n", b"\r\n"]]

    closed = await asyncio.gather(*(sent(port, *parts) for parts in [*started, *later]))

    assert closed[: len(started)] == [b""] * len(started)


async def test_bytes_of_bodies_and_of_other_requests_do_not_count(port: int) -> None:
    head = GET + b"X-Long: " + b"x" * (HEADER_BYTES - 1_000) + b"\r\nContent-Length: 200000\r\n\r\n"
    reader, writer = await connected(port)
    writer.write((head + b"x" * 200_000) * 3)
    for _ in range(3):
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def test_connections_leave_files_for_the_rest_of_the_process(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(connections, "SPARE_FILES", files - 2)
    first = [await connected(port) for _ in range(2)]
    refused = await sent(port)

    assert refused == b""
    assert "Refused connections: there are 2 already." in caplog.messages
    for reader, writer in first:
        writer.write(GET + b"\r\n")
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()
