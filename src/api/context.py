"""Each request's id, its answer's common headers, and the record of how it ended."""

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.problems import unexpected_problem
from src.core.logs import request_id
from src.core.metrics import REQUESTS

logger = logging.getLogger(__name__)

# A client may invent others, without end.
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# Browsers load and embed nothing from elsewhere; ReDoc, for one, would fetch its logo.
_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; worker-src blob:; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_REVALIDATED = (b"cache-control", b"private, no-cache")


class RequestContext:
    """The outermost layer. An error that nobody handled ends here, as a problem document: to let
    it pass would make the server close the connection without a word to the client.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._templates: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

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
        except Exception:
            error_id = uuid4().hex
            logger.exception("Unexpected error", extra={"fields": {"error_id": error_id}})
            if status:  # too late for another answer
                raise
            await unexpected_problem(error_id)(scope, receive, send_with_headers)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        """Status 0 means that the client went away unanswered."""
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = self._template_of(scope)
        REQUESTS.labels(method, route, status).observe(seconds)
        logger.info(
            "%s %s %s",
            method,
            route,
            status,
            extra={"fields": {"milliseconds": round(seconds * 1000, 2)}},
        )

    def _template_of(self, scope: Scope) -> str:
        """The operation's path in the OpenAPI document: no text of the client's."""
        name = getattr(scope.get("route"), "name", "")
        if name and name not in self._templates:
            self._templates = {
                operation["operationId"]: path
                for path, operations in scope["app"].openapi()["paths"].items()
                for operation in operations.values()
            }
        return self._templates.setdefault(name, "other")
