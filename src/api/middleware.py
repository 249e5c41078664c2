"""Limits around every request, as plain ASGI."""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.problems import CLOSE, ProblemResponse

PROBED = {"/health", "/health/ready", "/metrics"}
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class HeadAsGet:
    """Answer HEAD wherever there is a GET: the same, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


class TrustedHosts:
    """Refuse requests for other hosts. Starlette's own answers in plain text.

    Probes come to an address, not to a name.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...]) -> None:
        self.app = app
        self._names = {host for host in hosts if not host.startswith("*.")}
        self._suffixes = tuple(host[1:] for host in hosts if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_trusted(scope):
            problem = ProblemResponse(HTTPStatus.BAD_REQUEST, "This host is not served here.")
            await problem(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _is_trusted(self, scope: Scope) -> bool:
        host = Headers(scope=scope).get("host", "").lower()
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return (
            "*" in self._names
            or name in self._names
            or name.endswith(self._suffixes)
            or scope["path"] in PROBED
        )


class Deadline:
    """End a request that takes too long: 408 if its body was still on the way, else 503."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        headers = Headers(scope=scope)
        awaits_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        answered = False

        async def receive_noting() -> Message:
            nonlocal awaits_body
            message = await receive()
            awaits_body = message.get("more_body", False)
            return message

        async def send_noting(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            async with asyncio.timeout(self.seconds) as limit:
                await self.app(scope, receive_noting, send_noting)
        except TimeoutError:
            if answered or not limit.expired():
                raise
            await self._problem(awaits_body)(scope, receive, send)
        except asyncio.CancelledError:  # by the server, at the end of its grace period
            if answered:
                raise
            detail = "The service is stopping: repeat the request."
            again = CLOSE | {"Retry-After": "1"}
            problem = ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, again)
            await problem(scope, receive, send)

    def _problem(self, awaits_body: bool) -> ProblemResponse:
        if awaits_body:
            detail = "The body did not arrive in time."
            return ProblemResponse(HTTPStatus.REQUEST_TIMEOUT, detail, CLOSE)
        detail = f"The request took longer than {self.seconds:g} s and was given up."
        return ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "1"})


class BodyLimit:
    """Refuse a body of more than ``limit`` bytes with 413, whether or not it announces its size.

    FastAPI's own ``max_body_size`` answers in plain text.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        detail = f"The body may have at most {self.limit} bytes."
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > self.limit):
            await ProblemResponse(TOO_LARGE, detail, CLOSE)(scope, receive, send)
            return

        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(TOO_LARGE, detail, CLOSE)
            return message

        await self.app(scope, receive_counted, send)
