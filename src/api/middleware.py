"""Layers around every request, in plain ASGI."""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.problems import ProblemResponse


class HttpMiddleware:
    """Base class: passes on everything but HTTP requests, such as the lifespan."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self.handle if scope["type"] == "http" else self.app
        await handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class HeadAsGet(HttpMiddleware):
    """Answers HEAD like GET, but without the body."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self.app(scope, receive, send_without_body)


class TrustedHosts(HttpMiddleware):
    """Refuses requests for other hosts. Starlette's own middleware answers in plain text.

    The ``probed`` paths answer for any host: probes call an address, not a name.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str], probed: Collection[str]) -> None:
        super().__init__(app)
        self._probed = probed
        self._names = {host for host in hosts if not host.startswith("*.")}
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_trusted(scope):
            await self.app(scope, receive, send)
            return
        detail = "This host is not served here."
        problem = ProblemResponse(HTTPStatus.BAD_REQUEST, detail, refusal="host")
        await problem(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        host = Headers(scope=scope).get("host", "").lower()
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return (
            "*" in self._names
            or name in self._names
            or name.endswith(self._suffixes)
            or scope["path"] in self._probed
        )
