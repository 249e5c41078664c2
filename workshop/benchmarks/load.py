"""Clients on kept connections. Each sends its next request when it has its last answer."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

MOST_REQUESTS = 200_000
PATIENCE = 5
"""Seconds after the end in which the last answers have to arrive."""

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_REFUSED = re.compile(rb"retry-after: \d", re.IGNORECASE)


@dataclass
class Run:
    """What is sent for some time, and what comes back."""

    requests: Iterator[bytes]
    until: float
    waiting: set["Client"]
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    reads: list[float] = field(default_factory=list)
    """Seconds that each success took."""
    writes: list[float] = field(default_factory=list)
    refusals: list[float] = field(default_factory=list)
    """The same of those answered with 503, a problem document and Retry-After."""
    errors: int = 0
    """All other answers, and lost connections."""
    seconds: float = 0
    cpu_seconds: float = 0
    """What making the load itself took."""

    @property
    def successes(self) -> list[float]:
        return self.reads + self.writes

    @property
    def answers(self) -> int:
        return len(self.successes) + len(self.refusals) + self.errors

    @property
    def timeouts(self) -> int:
        return len(self.waiting)

    def record(self, request: bytes, head: bytes, seconds: float) -> None:
        status = head[9:12]
        if status.startswith(b"2"):
            (self.reads if request.startswith(b"GET") else self.writes).append(seconds)
        elif status == b"503" and b"application/problem+json" in head and _REFUSED.search(head):
            self.refusals.append(seconds)
        else:
            self.errors += 1

    def leave(self, client: "Client") -> None:
        self.waiting.discard(client)
        if not self.waiting:
            self.finished.set()


class Client(asyncio.Protocol):
    def __init__(self) -> None:
        self._run: Run | None = None
        self._request = self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def take_part(self, run: Run) -> None:
        self._run = run
        if self._transport.is_closing():
            self.connection_lost(None)
        else:
            self._send_next(run)

    def _send_next(self, run: Run) -> None:
        request = next(run.requests, None)
        self._sent = time.perf_counter()
        if request is None or self._sent > run.until:
            self._run = None
            run.leave(self)
        else:
            self._request = request
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, complete, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if self._run and complete and length and len(body) >= int(length[1]):
            self._run.record(self._request, head, time.perf_counter() - self._sent)
            self._received = b""
            self._send_next(self._run)

    def connection_lost(self, _: Exception | None) -> None:
        if self._run:
            self._run.errors += 1
            self._run.leave(self)
            self._run = None


@asynccontextmanager
async def connected(port: int, count: int) -> AsyncIterator[Sequence[Client]]:
    loop = asyncio.get_running_loop()
    pairs = await asyncio.gather(
        *(loop.create_connection(Client, "127.0.0.1", port) for _ in range(count))
    )
    try:
        yield [client for _, client in pairs]
    finally:
        for transport, _ in pairs:
            transport.abort()


async def drive(
    clients: Sequence[Client],
    requests: Iterator[bytes],
    seconds: float,
    patience: float = PATIENCE,
) -> Run:
    started, cpu_started = time.perf_counter(), time.process_time()
    run = Run(islice(requests, MOST_REQUESTS), started + seconds, set(clients))
    for client in clients:
        client.take_part(run)
    with suppress(TimeoutError):
        await asyncio.wait_for(run.finished.wait(), seconds + patience)
    run.seconds = time.perf_counter() - started
    run.cpu_seconds = time.process_time() - cpu_started
    return run
