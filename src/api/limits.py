"""Limits of every request by its path, and the time that it takes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.middleware import HttpMiddleware
from src.api.paths import path_of
from src.api.problems import CLOSE, ProblemResponse


@dataclass(frozen=True)
class Limits:
    """Limits of a request: its body in bytes, times in seconds."""

    body: int
    deadline: float
    """Time until the answer is complete or, if ``idle`` is given, until it begins."""
    idle: float | None = None
    """Time between two parts of an answer that may take longer than the deadline."""


class LimitTable:
    """Limits by path prefix; the longest prefix wins."""

    def __init__(self, default: Limits, others: Mapping[str, Limits]) -> None:
        self._default = default
        self._others = sorted(others.items(), key=lambda each: -len(each[0]))

    def limits_of(self, path: str) -> Limits:
        for start, limits in self._others:
            if path.startswith(start):
                return limits
        return self._default


class Deadline(HttpMiddleware):
    """Ends a request that takes too long: 408 if its body has not arrived, else 503."""

    def __init__(self, app: ASGIApp, limits: LimitTable) -> None:
        super().__init__(app)
        self._limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        limits = self._limits.limits_of(path_of(scope))
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
            problem = ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, again, "stopping")
            await problem(scope, receive, send)


def _timeout_problem(seconds: float, awaits_body: bool) -> ProblemResponse:
    if awaits_body:
        detail = "The body did not arrive in time."
        return ProblemResponse(HTTPStatus.REQUEST_TIMEOUT, detail, CLOSE)
    detail = f"The request took longer than {seconds:g} s and was given up."
    again = {"Retry-After": "1"}
    return ProblemResponse(HTTPStatus.SERVICE_UNAVAILABLE, detail, again, "deadline")
