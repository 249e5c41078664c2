"""The sizes of a request: its URL, its headers and its body."""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from src.api.middleware import HttpMiddleware, header_of
from src.api.problems import CLOSE, ProblemResponse

TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
URL_BYTES = 8_192
PARAMETERS = 100
"""Most parameters of a URL."""
HEADER_BYTES = 65_536
HEADERS = 100
"""Most header fields of a request."""
TOO_MANY_HEADERS = f"A request may have at most {HEADERS} headers of {HEADER_BYTES} bytes together."


class HeaderLimit(HttpMiddleware):
    """Answers 414 to a URL and 431 to headers that are too large, before others read them."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _too_large(scope)
        await (problem or self.app)(scope, receive, send)


def _too_large(scope: Scope) -> ProblemResponse | None:
    headers, query = scope["headers"], scope["query_string"]
    if len(scope.get("raw_path") or b"") + len(query) > URL_BYTES:
        detail = f"The URL may have at most {URL_BYTES} bytes."
        return ProblemResponse(HTTPStatus.REQUEST_URI_TOO_LONG, detail, CLOSE)
    if query.count(b"&") >= PARAMETERS:
        detail = f"The URL may have at most {PARAMETERS} parameters."
        return ProblemResponse(HTTPStatus.REQUEST_URI_TOO_LONG, detail, CLOSE)
    size = sum(len(name) + len(value) for name, value in headers)
    if size > HEADER_BYTES or len(headers) > HEADERS:
        return ProblemResponse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_MANY_HEADERS, CLOSE)
    return None


class BodyLimit(HttpMiddleware):
    """Answers 413 to a body that is too large, with or without a Content-Length.

    The limit is looked up when the body is read, since only then the route is known.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        super().__init__(app)
        self._most = most

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = header_of(scope, b"content-length")
        announced = int(length[:19]) if length.isdecimal() else 0  # more digits are too many
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            limit = self._limit_of(scope)
            if announced <= limit:
                message = await receive()
                received += len(message.get("body", b""))
                if received <= limit:
                    return message
            raise HTTPException(TOO_LARGE, f"The body may have at most {limit} bytes.", CLOSE)

        await self.app(scope, receive_counted, send)

    def _limit_of(self, scope: Scope) -> int:
        own: int | None = getattr(scope.get("route"), "body_limit", None)
        return self._most if own is None else own
