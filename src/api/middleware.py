"""Layers around every request, in plain ASGI."""

from collections.abc import Awaitable, Collection, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.paths import path_of
from src.api.problems import ProblemResponse

_OF_PREFLIGHTS = {"access-control-allow-origin", "access-control-allow-credentials", "vary"}


def header_of(scope: Scope, name: bytes) -> str:
    """Return the first of these headers, or an empty text. Starlette's `Headers` take 3 us."""
    for each, value in scope["headers"]:
        if each == name:
            return str(value, "latin-1")
    return ""


class HttpMiddleware:
    """Base class: passes on everything but HTTP requests, such as the lifespan."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # Not asynchronous itself, or each layer would be two coroutines in one another.
        handle = self.handle if scope["type"] == "http" else self.app
        return handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class HeadAsGet(HttpMiddleware):
    """Answers HEAD like GET, but without the body, of which only what is at hand is made."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            scope["method"] = "HEAD"  # or the server would miss the body that it was promised
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})
            elif message.get("more_body"):
                raise ClientDisconnect

        scope["method"] = "GET"
        await self.app(scope, receive, send_without_body)


class Cors(CORSMiddleware):
    """Lets scripts of other origins in, and refuses a preflight request with a problem."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code == HTTPStatus.OK:
            return response
        reason = f"{bytes(response.body).decode()}."  # names what is refused, not its value
        headers = {name: each for name, each in response.headers.items() if name in _OF_PREFLIGHTS}
        return ProblemResponse(response.status_code, reason, headers)


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
        host = header_of(scope, b"host").lower()
        before, _, port = host.rpartition(":")
        name = before if port.isdigit() else host
        return (
            "*" in self._names
            or name in self._names
            or name.endswith(self._suffixes)
            or path_of(scope) in self._probed
        )
