"""Layers around every request, in plain ASGI."""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.paths import path_of
from src.api.problems import CLOSE, ProblemResponse

_OF_PREFLIGHTS = {"access-control-allow-origin", "access-control-allow-credentials", "vary"}
_SINGLE = [
    b"authorization",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"host",
    b"idempotency-key",
    b"origin",
    b"transfer-encoding",
]
_TWICE = "A header that may stand once stands twice: Host, Content-Type, Authorization or another."
_CODED = "The body must not be compressed: send it without Content-Encoding."
_NOT_IN_CHUNKS = "On its way the body may be coded in chunks only: Transfer-Encoding: chunked."
_ACCEPTED = {"Accept-Encoding": "identity"}


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
            scope["method"] = "HEAD"  # or the server would miss the body that it was promised
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

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


class ClearHeaders(HttpMiddleware):
    """Refuses headers that a proxy and the service could read differently, and coded bodies.

    A list such as If-Match may stand in several lines, and nothing depends on most headers.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        if len(headers) < len(scope["headers"]) and _stands_twice(scope):
            answer = ProblemResponse(HTTPStatus.BAD_REQUEST, _TWICE)
        elif headers.get(b"content-encoding", b"").strip().lower() not in {b"", b"identity"}:
            answer = ProblemResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _CODED, _ACCEPTED)
        elif (
            coding := headers.get(b"transfer-encoding", b"chunked").strip().lower()
        ) != b"chunked":
            # RFC 9112, 6.1 and 6.3: without chunks at last, nothing tells where the body ends.
            is_delimited = coding.endswith(b"chunked")
            status = HTTPStatus.NOT_IMPLEMENTED if is_delimited else HTTPStatus.BAD_REQUEST
            answer = ProblemResponse(status, _NOT_IN_CHUNKS, CLOSE)
        else:
            await self.app(scope, receive, send)
            return
        await answer(scope, receive, send)


def _stands_twice(scope: Scope) -> bool:
    names = [name for name, _ in scope["headers"]]
    return any(names.count(name) > 1 for name in _SINGLE)


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
            or path_of(scope) in self._probed
        )
