"""The time that a request takes."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.middleware import HttpMiddleware, header_of
from src.api.problems import CLOSE, ProblemResponse
from src.core.errors import RETRY

IDLE_SECONDS = 30.0
"""Time between two parts of a body or an answer that streams."""
DEADLINE = "src.api.limits"
"""Key of a scope for the deadline of its request."""
_POSTPONED = "src.api.limits.postponed"
_STREAMS = "streams"
"""Attribute of an endpoint whose body or answer streams."""


def streaming[Endpoint: Callable[..., Any]](endpoint: Endpoint) -> Endpoint:
    """Mark an endpoint whose body or answer may outlast the deadline, as long as parts of it come.

    Stands below the decorator of the route.
    """
    setattr(endpoint, _STREAMS, True)
    return endpoint


def is_streaming(endpoint: object) -> bool:
    return getattr(endpoint, _STREAMS, False)


def is_paced(scope: Scope) -> bool:
    """Return whether the route streams: the time of such a request is the client's choice."""
    return scope.get(_POSTPONED, False) or is_streaming(scope.get("endpoint"))


def postpone(scope: Scope, seconds: float) -> None:
    """Put the deadline of a request so many seconds away from now."""
    scope[_POSTPONED] = True
    _reschedule(scope, seconds)


def _reschedule(scope: Scope, seconds: float) -> None:
    deadline: asyncio.Timeout = scope[DEADLINE]
    if not deadline.expired():
        deadline.reschedule(asyncio.get_running_loop().time() + seconds)


class Deadline(HttpMiddleware):
    """Ends a request that takes too long: 408 if its body has not arrived, else 503."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        super().__init__(app)
        self._seconds = seconds

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_chunked = header_of(scope, b"transfer-encoding") != ""
        awaits_body = is_chunked or header_of(scope, b"content-length") not in {"", "0"}
        answered = False

        async def receive_noting() -> Message:
            nonlocal awaits_body
            message = await receive()
            awaits_body = message.get("more_body", False)
            _note_part(scope)
            return message

        async def send_noting(message: Message) -> None:
            nonlocal answered
            answered = True
            _note_part(scope)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as deadline:
                scope[DEADLINE] = deadline
                await self.app(scope, receive_noting, send_noting)
        except TimeoutError:
            if answered or not deadline.expired():
                raise
            await _timeout_problem(awaits_body)(scope, receive, send)
        except asyncio.CancelledError:  # by the server, at the end of its grace period
            if answered:
                raise
            detail = "The service is stopping: repeat the request."
            headers = CLOSE | RETRY
            problem = ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers, "stopping")
            await problem(scope, receive, send)


def _note_part(scope: Scope) -> None:
    if is_streaming(scope.get("endpoint")):
        _reschedule(scope, IDLE_SECONDS)


def _timeout_problem(awaits_body: bool) -> ProblemResponse:
    if awaits_body:
        detail = "The body did not arrive in time."
        return ProblemResponse(HTTPStatus.REQUEST_TIMEOUT, detail, CLOSE)
    detail = "The request took too long and was given up."
    return ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, RETRY, "deadline")
