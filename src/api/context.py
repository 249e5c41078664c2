"""Gives each request an id, common response headers, a log line and, whatever fails, an answer."""

import logging
import re
import time
from collections.abc import Sequence
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.middleware import HttpMiddleware
from src.api.problems import unexpected_problem
from src.core.logs import request_id
from src.core.observer import Observer

logger = logging.getLogger(__name__)

# Clients may invent other methods; all of those are counted as one.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# Browsers load and embed nothing from other sites, from which ReDoc would fetch its logo.
_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    # Two users' rows may have the same tag: a browser must not take one's answer for the other's.
    (b"vary", b"Authorization"),
]
_REVALIDATED = (b"cache-control", b"private, no-cache")


class RequestContext(HttpMiddleware):
    """The outermost layer, so that every answer has its headers and its line in the log."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer]) -> None:
        super().__init__(app)
        self._observers = observers

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        given_id = Headers(scope=scope).get("x-request-id", "")
        own_id = given_id if _REQUEST_ID.fullmatch(given_id) else uuid4().hex
        request_id.set(own_id)
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = [*_HEADERS, (b"x-request-id", own_id.encode())]
                if not any(name == b"cache-control" for name, _ in message["headers"]):
                    own.append(_REVALIDATED)
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self._record(method, template_of(scope), status, time.perf_counter() - started)

    def _record(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count and log the request; status 0 means that the client left before an answer."""
        method = method if method in _METHODS else "other"
        for observer in self._observers:
            observer.answered(method, route, status, seconds)
        logger.info(
            "%s %s %s",
            method,
            route,
            status,
            extra={"fields": {"milliseconds": round(seconds * 1000, 2)}},
        )


class LastResort(HttpMiddleware):
    """Turns unhandled errors into problem documents: without it, the server would close the
    connection without an answer. Inside of CORS, so that scripts of other origins see them, too.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = False

        async def send_noting(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception:
            error_id = uuid4().hex
            logger.exception("Unexpected error", extra={"fields": {"error_id": error_id}})
            if answered:
                raise
            await unexpected_problem(error_id)(scope, receive, send)


def template_of(scope: Scope) -> str:
    """Return the template of the matched route, such as /things/{thing_id}, not the client's path.

    FastAPI has no public API for it; a test fails if this private one changes.
    """
    route = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(route, "path", "other")
