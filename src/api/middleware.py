"""Limits around every request, as plain ASGI."""

import asyncio
from collections.abc import Collection, Sequence
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.limits import LimitTable
from src.api.problems import CLOSE, ProblemResponse

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class HttpMiddleware:
    """Base class: passes on what is not a request, such as the lifespan."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handle = self.handle if scope["type"] == "http" else self.app
        await handle(scope, receive, send)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class HeadAsGet(HttpMiddleware):
    """Answers HEAD like GET, without the body, wherever there is a GET."""

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
    """Refuses requests for other hosts; Starlette's own answers in plain text.

    The ``probed`` paths answer any host: probes call an address, not a name.
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
        problem = ProblemResponse(HTTPStatus.BAD_REQUEST, "This host is not served here.")
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


class Deadline(HttpMiddleware):
    """Ends a request that takes too long: 408 if its body was still on the way, else 503."""

    def __init__(self, app: ASGIApp, limits: LimitTable) -> None:
        super().__init__(app)
        self._limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = self._limits.limits_of(scope["path"])
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
            if limits.idle is not None:
                deadline.reschedule(asyncio.get_running_loop().time() + limits.idle)
            await send(message)

        try:
            async with asyncio.timeout(limits.deadline) as deadline:
                await self.app(scope, receive_noting, send_noting)
        except TimeoutError:
            if answered or not deadline.expired():
                raise
            await _timeout_problem(limits.deadline, awaits_body)(scope, receive, send)
        except asyncio.CancelledError:  # by the server, at the end of its grace period
            if answered:
                raise
            detail = "The service is stopping: repeat the request."
            again = CLOSE | {"Retry-After": "1"}
            problem = ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, again)
            await problem(scope, receive, send)


def _timeout_problem(seconds: float, awaits_body: bool) -> ProblemResponse:
    if awaits_body:
        detail = "The body did not arrive in time."
        return ProblemResponse(HTTPStatus.REQUEST_TIMEOUT, detail, CLOSE)
    detail = f"The request took longer than {seconds:g} s and was given up."
    return ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": "1"})


class BodyLimit(HttpMiddleware):
    """Refuses a body that is too large with 413, whether or not it announces its size.

    FastAPI's own ``max_body_size`` answers in plain text.
    """

    def __init__(self, app: ASGIApp, limits: LimitTable) -> None:
        super().__init__(app)
        self._limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = self._limits.limits_of(scope["path"]).body
        detail = f"The body may have at most {limit} bytes."
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit):
            await ProblemResponse(TOO_LARGE, detail, CLOSE)(scope, receive, send)
            return

        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(TOO_LARGE, detail, CLOSE)
            return message

        await self.app(scope, receive_counted, send)
