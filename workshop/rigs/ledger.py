"""Books of what the service has answered, to compare with what the database holds in the end."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx import AsyncClient, Response, TransportError
from sqlalchemy import URL

from tests.api import THINGS, Json
from workshop.rigs.clients import run_sql, until

AWAY_SECONDS = 0.05


def retry_after(response: Response) -> int:
    assert response.headers["content-type"] == "application/problem+json", response.text
    return int(response.headers["retry-after"])


@dataclass
class Ledger:
    """What was answered. In the end the database has to hold the same: no less, and no more."""

    acknowledged: dict[str, Json] = field(default_factory=dict)
    calls: Counter[int] = field(default_factory=Counter)
    """How often each status was answered; 0 stands for no answer."""
    slowest: float = 0
    """Seconds of the call that took longest."""

    async def call(self, client: AsyncClient, method: str, path: str, **request: Any) -> Response:
        started = time.monotonic()
        try:
            response = await client.request(method, path, **request)
        except TransportError:
            self.calls[0] += 1
            raise
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started)
        return self.note(response)

    def note(self, response: Response) -> Response:
        """An error of the service may only be a 503 that says when to come back."""
        self.calls[response.status_code] += 1
        if response.status_code >= 500:
            assert response.status_code == 503, response.text
            assert retry_after(response) > 0
        return response

    async def insist(self, client: AsyncClient, method: str, path: str, **request: Any) -> Response:
        """Send a request again as long as nothing comes back, or the advice to do so."""
        while True:
            try:
                response = await self.call(client, method, path, **request)
            except TransportError:
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if "retry-after" not in response.headers:
                return response
            await asyncio.sleep(retry_after(response))

    async def create(self, client: AsyncClient) -> None:
        name = uuid4().hex
        headers = {"Idempotency-Key": name}
        response = await self.insist(client, "POST", THINGS, json={"name": name}, headers=headers)
        assert response.status_code == 201, response.text
        self.acknowledged[name] = response.json()

    async def answers(self, status: int, times: int, seconds: float = 60) -> float:
        """Wait for so many more answers of this status."""
        goal = self.calls[status] + times

        async def reached() -> bool:
            return self.calls[status] >= goal

        return await until(reached, seconds)

    @asynccontextmanager
    async def kept(self, client: AsyncClient, writers: int = 8) -> AsyncIterator[None]:
        """Write all the time while the block runs. What was begun by its end is brought to one."""
        ended = False

        async def write() -> None:
            while not ended:
                await self.create(client)

        async with asyncio.timeout(240), asyncio.TaskGroup() as tasks:
            for _ in range(writers):
                tasks.create_task(write())
            try:
                yield
            finally:
                ended = True

    async def compare(self, client: AsyncClient, url: URL) -> None:
        assert await all_things(client) == sorted(
            self.acknowledged.values(), key=lambda thing: str(thing["id"])
        )
        names = run_sql(url, "SELECT name FROM things ORDER BY name")
        assert [name for (name,) in names] == sorted(self.acknowledged)

    def __str__(self) -> str:
        calls = ", ".join(f"{count} x {status}" for status, count in sorted(self.calls.items()))
        return f"{calls}; slowest {self.slowest:.2f} s"


async def all_things(client: AsyncClient) -> list[Json]:
    things: list[Json] = []
    query: dict[str, Any] = {"sort": "id", "limit": 100}
    while True:
        page = (await client.get(THINGS, params=query)).raise_for_status().json()
        things += page["items"]
        if page["next_cursor"] is None:
            return things
        query["cursor"] = page["next_cursor"]
