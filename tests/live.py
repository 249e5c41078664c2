"""Requests whose bodies and answers come in parts; httpx would wait for the end of an answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from fastapi import FastAPI
from starlette.types import Message, Scope

from src.api.limits import DEADLINE


class Live:
    """A request under way, as a server would hand it to the app."""

    def __init__(self, method: str, target: str, headers: dict[str, str]) -> None:
        path, _, query = target.partition("?")
        lines = {"host": "test"} | headers
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), each.encode()) for name, each in lines.items()],
        }
        self.arrived = asyncio.Queue[Message]()
        self.sent = asyncio.Queue[Message]()
        self.reads = asyncio.Event()
        self.reads.set()

    async def receive(self) -> Message:
        return await self.arrived.get()

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        self.sent.put_nowait(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.leave()

    @property
    def deadline(self) -> float:
        """The time on the loop's clock at which the request is given up."""
        timeout: asyncio.Timeout = self.scope[DEADLINE]
        return timeout.when() or 0.0

    def upload(self, part: bytes, *, more: bool = True) -> Self:
        self.arrived.put_nowait({"type": "http.request", "body": part, "more_body": more})
        return self

    def leave(self) -> None:
        self.arrived.put_nowait({"type": "http.disconnect"})

    async def start(self) -> Message:
        async with asyncio.timeout(60):
            message = await self.sent.get()
        assert message["type"] == "http.response.start", message
        return message

    async def part(self) -> str:
        """Return the next part of the answer; an empty one is the end."""
        async with asyncio.timeout(60):
            message = await self.sent.get()
        body: bytes = message["body"]
        return body.decode()

    async def rest(self) -> str:
        parts = []
        while part := await self.part():
            parts.append(part)
        return "".join(parts)


@asynccontextmanager
async def asking(
    app: FastAPI, method: str, target: str, **headers: str
) -> AsyncIterator[tuple[Live, asyncio.Task[None]]]:
    """Send a request, and cancel it at the end of the block if it is not over."""
    live = Live(method, target, {name.replace("_", "-"): each for name, each in headers.items()})
    task = asyncio.create_task(app(live.scope, live.receive, live.send))
    try:
        yield live, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
