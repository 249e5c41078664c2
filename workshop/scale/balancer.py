"""A balancer as Kubernetes has one: it asks each instance whether it is ready, and shares requests."""

import asyncio
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import compress

from httpx import (
    AsyncBaseTransport,
    AsyncClient,
    AsyncHTTPTransport,
    Limits,
    Request,
    Response,
    TransportError,
)

from workshop.rigs.clients import is_ready
from workshop.rigs.service import Service

NAME = "service"
"""The host that clients know."""
PROBE_SECONDS, PROBE_TIMEOUT = 0.5, 2
PATIENCE_SECONDS = 35
"""Beyond a request's deadline and the ten seconds in which a silent network may still deliver.

A request that the client has given up has then been done, or never will be.
"""
# What has not left this machine when a connection is closed is dropped, and not sent again later.
DROPPED = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Balancer(AsyncBaseTransport):
    def __init__(self, instances: Sequence[Service]) -> None:
        self._instances, self._ready = instances, [True] * len(instances)
        limits = Limits(max_connections=None, max_keepalive_connections=None)
        self._transport = AsyncHTTPTransport(limits=limits, socket_options=[DROPPED])
        self._turn = 0
        self.shares = Counter[str]()
        """Answers by host."""
        self.refusals = Counter[int]()
        """By second: answers of 503, and requests without an answer."""
        self.longest_gap, self._answered = 0.0, time.monotonic()
        """Seconds without any other answer."""

    @property
    def is_whole(self) -> bool:
        return all(self._ready)

    async def handle_async_request(self, request: Request) -> Response:
        chosen = self._choose()
        host, port = chosen.client.base_url.host, chosen.client.base_url.port
        request.url = request.url.copy_with(host=host, port=port)
        try:
            response = await self._transport.handle_async_request(request)
        except TransportError:
            self._note(503, host)
            raise
        self._note(response.status_code, host)
        return response

    def _choose(self) -> Service:
        # If none is ready, it is rather the probes that fail.
        ready = [*compress(self._instances, self._ready)] or self._instances
        self._turn += 1
        return ready[self._turn % len(ready)]

    def _note(self, status: int, host: str) -> None:
        now = time.monotonic()
        if status == 503:
            self.refusals[int(now)] += 1
            return
        self.shares[host] += 1
        self.longest_gap = max(self.longest_gap, now - self._answered)
        self._answered = now

    async def probe(self) -> None:
        """Ask until the end of the task."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(len(self._instances)):
                tasks.create_task(self._probe(number))

    async def _probe(self, number: int) -> None:
        while True:
            answers = False
            with suppress(TimeoutError):
                async with asyncio.timeout(PROBE_TIMEOUT):
                    answers = await is_ready(self._instances[number].client)
            self._ready[number] = answers
            await asyncio.sleep(PROBE_SECONDS)

    def __str__(self) -> str:
        return (
            f"answers by machine {dict(self.shares)}; refusals in {len(self.refusals)} different "
            f"seconds; at most {self.longest_gap:.1f} s without any other answer"
        )

    async def aclose(self) -> None:
        await self._transport.aclose()


@asynccontextmanager
async def balanced(instances: Sequence[Service]) -> AsyncIterator[tuple[Balancer, AsyncClient]]:
    """Yield a balancer before these instances, and a client of it."""
    balancer = Balancer(instances)
    probing = asyncio.create_task(balancer.probe())
    base = f"http://{NAME}"
    try:
        async with AsyncClient(
            transport=balancer, base_url=base, timeout=PATIENCE_SECONDS
        ) as client:
            yield balancer, client
    finally:
        probing.cancel()
        await asyncio.wait({probing})
