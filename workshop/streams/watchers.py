"""Clients of live events, by the thousand: bare connections that note what arrives and when."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from workshop.rigs.clients import HOST, until

_EVENT = re.compile(rb"id: (\d+)\nevent: \w+\ndata: [^\n]*\n\n")
END = b"0\r\n\r\n"
"""The last chunk of an answer that was not cut off."""


class Watcher(asyncio.Protocol):
    def __init__(self, path: str, last: int = 0, **headers: str) -> None:
        lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", f"Last-Event-ID: {last}"]
        lines += [f"{name}: {each}" for name, each in headers.items()]
        self._request = "\r\n".join([*lines, "", ""]).encode()
        self._tail = b""
        self.transport: asyncio.Transport
        self.events: list[tuple[int, float]] = []
        """The id and the time of each event."""
        self.status = 0
        self.is_told_to_come_back = self.has_end = self.is_closed = False
        self.ended = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        data = self._tail + data
        if not self.status and data.count(b" ") > 1:
            self.status = int(data.split(b" ", 2)[1])
        last = 0
        for found in _EVENT.finditer(data):
            self.events.append((int(found[1]), now))
            last = found.end()
        self._tail = data[max(last, len(data) - 400) :]
        self.is_told_to_come_back |= b"retry: 1000" in data
        if data.endswith(END):
            self.has_end, self.ended = True, now

    def connection_lost(self, _: Exception | None) -> None:
        self.is_closed = True
        self.ended = self.ended or time.monotonic()


@asynccontextmanager
async def watching(port: int, watchers: Sequence[Watcher]) -> AsyncIterator[None]:
    """Open the streams, a few at a time, and close them at the end of the block."""
    loop = asyncio.get_running_loop()
    try:
        for n in range(0, len(watchers), 50):
            some = watchers[n : n + 50]
            async with asyncio.TaskGroup() as tasks:
                for each in some:
                    tasks.create_task(loop.create_connection(made(each), HOST, port))
            await all_of(some, lambda each: each.status != 0, 30)
        yield
    finally:
        for each in watchers:
            if hasattr(each, "transport"):
                each.transport.abort()


def made(watcher: Watcher) -> Callable[[], Watcher]:
    return lambda: watcher


async def all_of(
    watchers: Sequence[Watcher], holds: Callable[[Watcher], bool], seconds: float
) -> None:
    async def hold() -> bool:
        return all(map(holds, watchers))

    await until(hold, seconds)
