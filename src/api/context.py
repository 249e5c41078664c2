"""Gives each request an id, common response headers, a log line and, whatever fails, an answer."""

import logging
import re
import time
from collections.abc import Container, Sequence
from http import HTTPStatus
from secrets import token_hex

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.limits import is_paced
from src.api.lookup import included_route
from src.api.middleware import HttpMiddleware, header_of
from src.api.paths import path_of
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
REVALIDATED = (b"cache-control", b"private, no-cache")


def common_headers(own_id: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of every answer, whoever makes it."""
    return [*_HEADERS, (b"x-request-id", own_id.encode())]


class RequestContext(HttpMiddleware):
    """The outermost layer, so that every answer has its headers and its line in the log."""

    def __init__(
        self, app: ASGIApp, observers: Sequence[Observer], probed: Container[str] = ()
    ) -> None:
        """Show the observers all requests but those to the ``probed`` paths."""
        super().__init__(app)
        self._observers = observers
        self._probed = probed

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        given_id = header_of(scope, b"x-request-id")
        own_id = given_id if _REQUEST_ID.fullmatch(given_id) else token_hex(16)
        request_id.set(own_id)
        observers = () if path_of(scope) in self._probed else self._observers
        for observer in observers:
            observer.requests_changed(1)
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = common_headers(own_id)
                if not any(name == b"cache-control" for name, _ in message["headers"]):
                    own.append(REVALIDATED)
                message = {**message, "headers": [*message["headers"], *own]}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            _record(scope, method, status, time.perf_counter() - started, observers)


def _record(
    scope: Scope, method: str, status: int, seconds: float, observers: Sequence[Observer]
) -> None:
    """Count and log the request; status 0 means that the client left before an answer."""
    method, route = method if method in _METHODS else "other", template_of(scope)
    is_stream = status < HTTPStatus.BAD_REQUEST and is_paced(scope)
    for observer in observers:
        observer.requests_changed(-1)
        (observer.streamed if is_stream else observer.answered)(method, route, status, seconds)
    name = "stream_milliseconds" if is_stream else "milliseconds"
    fields = {name: round(seconds * 1000, 2)}
    logger.info("%s %s %s", method, route, status, extra={"fields": fields})


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
        except ClientDisconnect:  # in the middle of its body: nobody waits for an answer
            pass
        except Exception:
            error_id = token_hex(16)
            logger.exception("Unexpected error", extra={"fields": {"error_id": error_id}})
            if answered:
                raise
            await unexpected_problem(error_id)(scope, receive, send)


def template_of(scope: Scope) -> str:
    """Return the template of the matched route, such as /things/{thing_id}, not the client's path."""
    route = included_route(scope)
    return route.path if route else "other"
