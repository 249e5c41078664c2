"""HTTP by hand, for requests that no client would send, and for many at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from httpx import Response

from workshop.rigs.clients import HOST

type Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def request_bytes(method: str, path: str, body: bytes = b"", *, length: int | None = None) -> bytes:
    """A request as it travels. With a ``length`` beyond the body's it is one that is stuck."""
    head = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}",
        "Content-Type: application/json",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def read_answer(reader: asyncio.StreamReader) -> Response:
    """Raises `asyncio.IncompleteReadError` if the answer is cut off."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    answer = Response(int(status.split()[1]), headers=[each for each in headers if each[0]])
    body = await reader.readexactly(int(answer.headers["content-length"]))
    return Response(answer.status_code, headers=answer.headers, content=body)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A bare connection: hundreds of httpx's are slower than the service that is measured."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
