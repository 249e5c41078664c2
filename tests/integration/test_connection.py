"""What a connection may hold before there is a request, with uvicorn itself."""

import asyncio
import json
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from src.api import connections, reading
from src.api.connections import PIPELINED, Connection
from src.api.context import REVALIDATED, common_headers
from src.api.sizes import HEADER_BYTES, URL_BYTES

GET = b"GET / HTTP/1.1\r\nHost: test\r\n"
SECONDS = 0.1
FLOOD = 1_000_000
"""More bytes than a server reads at once, and than any header may have."""
type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answer_nothing(_: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


async def answer_at_once(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


class Listening:
    """Keeps the names of the headers that it has when the body has come."""

    def __init__(self) -> None:
        self.heard: list[list[bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.request":
            self.heard.append([name for name, _ in scope["headers"]])
            await answer_at_once(scope, receive, send)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    config = uvicorn.Config(
        app, http=Connection, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener, pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "timeout_keep_alive", SECONDS)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        serving = asyncio.create_task(server.serve([listener]))
        yield listener.getsockname()[1], server
        server.should_exit = True
        await serving


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    async with served(answer_nothing) as (port, _):
        yield port


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


UNREAD = {
    "of a length": b"Content-Length: 9\r\n\r\n",
    "in chunks": b"Transfer-Encoding: chunked\r\n\r\n9\r\n",
}


@pytest.mark.parametrize("head", UNREAD.values(), ids=UNREAD)
@pytest.mark.parametrize("rest", [b"", b"x", b"xxxxxxxxx"])
async def test_bodies_that_never_end_are_not_waited_for_after_the_answer(
    monkeypatch: pytest.MonkeyPatch, head: bytes, rest: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    async with served(answer_at_once) as (port, _):
        reader, writer = await connected(port)
        writer.write(GET + head)
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.write(rest)

        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


async def test_byte_now_and_then_does_not_keep_an_answered_request_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", SECONDS)
    async with served(answer_at_once) as (port, _):
        reader, writer = await connected(port)
        writer.write(GET + b"Content-Length: 1000000\r\n\r\n")
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        async with asyncio.timeout(10):
            # Bytes that the server has not read any more turn its end into a reset.
            while not (reader.at_eof() or writer.is_closing()):
                writer.write(b"x")
                await asyncio.sleep(SECONDS / 10)
        writer.close()


async def test_connection_is_kept_behind_a_body_that_ends_late() -> None:
    async with served(answer_at_once) as (port, _):
        reader, writer = await connected(port)
        for _ in range(3):
            writer.write(GET + b"Content-Length: 9\r\n\r\n")
            assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
            writer.write(b"xxxxxxxxx")
        writer.close()


async def test_trailers_are_bounded_and_no_headers() -> None:
    app = Listening()
    body = b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
    one = b"Authorization: Bearer a\r\n"
    async with served(app) as (port, _):
        reader, writer = await connected(port)
        writer.write(GET + body + one + b"\r\n")
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()
        # They are closed while they send, with what the client has not yet read of the answer.
        await sent(port, GET + body, one * 40_000)
        await sent(port, GET + body, one.ljust(FLOOD, b"a"))
        await sent(port, GET + body[:-3] + b"1;", b"a" * FLOOD)

    assert app.heard == [[b"host", b"transfer-encoding"]]


UPGRADES = {
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
}


@pytest.mark.parametrize("upgrade", UPGRADES.values(), ids=UPGRADES)
@pytest.mark.parametrize("rest", [b"\r\n", b"Content-Length: 3\r\n\r\nabc"])
async def test_no_connection_is_given_to_another_protocol(
    port: int, caplog: pytest.LogCaptureFixture, upgrade: bytes, rest: bytes
) -> None:
    answer = await sent(port, GET + upgrade + rest, GET + b"\r\n")

    assert answer.count(b"HTTP/1.1 ") == answer.count(b"HTTP/1.1 204 ") == 1
    assert b"connection: close" in answer
    assert not [each for each in caplog.records if each.levelname != "INFO"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET\r\n\r\n", 400),
        (GET + b"Content-Length: x\r\n\r\n", 400),
        (GET.ljust(HEADER_BYTES + URL_BYTES + 1, b"x"), 431),
    ],
)
async def test_what_no_layer_sees_is_refused_like_all_else(
    port: int, request_: bytes, status: int
) -> None:
    head, _, body = (await sent(port, request_)).partition(b"\r\n\r\n")

    line, *fields = head.split(b"\r\n")
    headers = dict(each.split(b": ", 1) for each in fields)
    assert line.startswith(b"HTTP/1.1 %d " % status)
    assert headers[b"content-type"] == b"application/problem+json"
    problem = json.loads(body)
    assert problem["status"] == status
    assert headers.items() >= {*common_headers(problem["request_id"]), REVALIDATED}
    assert len(headers) == len(fields)


async def test_requests_that_wait_on_a_connection_are_counted() -> None:
    """Each takes 2 kB until it is answered, and the client has sent thirty bytes."""
    app = Listening()
    async with served(app) as (port, _):
        reader, writer = await connected(port)
        for _ in range(2):
            writer.write((GET + b"\r\n") * (1 + PIPELINED))
            for _ in range(1 + PIPELINED):
                assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()
        app.heard.clear()

        answers = await sent(port, (GET + b"\r\n") * 500)

    assert len(app.heard) == answers.count(b"HTTP/1.1 204 ") == 1 + PIPELINED
    assert answers.count(b"connection: close") == 1


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"http://test", b"test"),
        (b"http://other:80", b"other:80"),
        (b"https://user@other", b"user@other"),
        (b"", b"test"),
        (b"/?http://other", b"test"),
    ],
)
async def test_host_of_the_target_counts(target: bytes, host: bytes) -> None:
    hosts = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        hosts.append([value for name, value in scope["headers"] if name == b"host"])
        await answer_at_once(scope, receive, send)

    async with served(app) as (port, _):
        request = GET.replace(b" /", b" " + target + b"/", 1) + b"Connection: close\r\n\r\n"
        assert b" 204 " in await sent(port, request)

    assert hosts == [[host]]


@pytest.mark.parametrize("first", [GET, b"POST / HTTP/1.1\r\nHost: test\r\n"])
async def test_refusal_of_a_request_is_no_answer_of_the_one_before(first: bytes) -> None:
    app = Endless()
    async with served(app) as (port, _):
        reader, writer = await connected(port)
        writer.write(first + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"NONSENSE\r\n\r\n")
        async with asyncio.timeout(60):
            rest = await reader.read()
        writer.close()

    assert b"HTTP/1.1" not in rest


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
    first = await connected(port)
    own = [os.open(os.devnull, os.O_RDONLY) for _ in range(20)]  # such as those of a pool
    most = max(own)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(connections, "SPARE_FILES", limit - most)
    try:
        refused = await sent(port)
    finally:
        for each in own:
            os.close(each)
    second = await connected(port)

    assert refused == b""
    assert f"Refused connections: {most} files are open already." in caplog.messages
    for reader, writer in (first, second):
        writer.write(GET + b"\r\n")
        assert b" 204 " in await reader.readuntil(b"\r\n\r\n")
        writer.close()


class Endless:
    """Answers without an end, and counts the parts that it could hand on."""

    def __init__(self) -> None:
        self.parts = 0
        self.has_ended = asyncio.Event()

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        left = asyncio.create_task(self._end(receive))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not left.done():
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            self.parts += 1
            await asyncio.sleep(0)

    async def _end(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.has_ended.set()

    async def wait(self) -> int:
        """Wait until nothing more can be handed on, and return the number of parts."""
        before = -1
        while before < self.parts:
            before = self.parts
            await asyncio.sleep(SECONDS)
        return self.parts


async def test_client_that_reads_nothing_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", SECONDS)
    app = Endless()
    async with served(app) as (port, _):
        _, writer = await connected(port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # sockets can
        writer.write(GET + b"\r\n")
        async with asyncio.timeout(60):
            await app.has_ended.wait()
        writer.close()

    assert app.parts < 200  # what the kernel holds, and a little
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


async def test_client_that_reads_slowly_stays() -> None:
    app = Endless()
    async with served(app) as (port, server):
        _, writer = await connected(port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # as above
        writer.write(GET + b"\r\n")
        most = await app.wait()
        [connection] = server.server_state.connections
        assert isinstance(connection, Connection)
        unread = connection.transport.get_write_buffer_size()

        connection._look_for_reading(unread + 1)  # there was more before
        assert not app.has_ended.is_set()
        connection._look_for_reading(unread)
        async with asyncio.timeout(60):
            await app.has_ended.wait()
        writer.close()

    assert app.parts <= most + 1
