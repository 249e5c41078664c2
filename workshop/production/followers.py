"""A client of live events, which comes back when a stream ends before its job."""

import asyncio
from http import HTTPStatus

from httpx import AsyncClient

from workshop.rigs.clients import client_of

PAUSE_SECONDS = 1
"""What the service tells clients to wait before they come back."""


class Follower:
    def __init__(self, port: int, path: str, authorization: str) -> None:
        self._port, self._path = port, f"{path}/events"
        self._headers = {"Authorization": authorization}
        self.ids: list[int] = []
        self.connections = 0
        self._has_ended = False

    async def follow(self) -> None:
        """Go on until the job has ended."""
        async with client_of(self._port) as client:
            while not self._has_ended:
                await self._listen(client)
                await asyncio.sleep(0 if self._has_ended else PAUSE_SECONDS)

    async def _listen(self, client: AsyncClient) -> None:
        headers = self._headers | {"Last-Event-ID": f"{self.ids[-1] if self.ids else 0}"}
        async with client.stream("GET", self._path, headers=headers) as answer:
            if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:  # the instance is stopping
                return
            # The word of the protocol for: do not come back.
            if answer.status_code == HTTPStatus.NO_CONTENT:
                self._has_ended = True
                return
            answer.raise_for_status()
            self.connections += 1
            async for line in answer.aiter_lines():
                if line.startswith("id: "):
                    self.ids.append(int(line.removeprefix("id: ")))

    def __str__(self) -> str:
        return f"{self._path}: {len(self.ids)} events over {self.connections} connections"
