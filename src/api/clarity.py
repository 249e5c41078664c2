"""Refuses requests that can be read in two ways, before anything depends on one of them."""

from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from starlette.types import Receive, Scope, Send

from src.api.middleware import HttpMiddleware
from src.api.problems import CLOSE, ProblemResponse

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
_NOT_UTF_8 = "What is percent-encoded in the URL must be UTF-8."
_PARTIAL = "The body must be whole: send all of it, without Content-Range."
_CODED = "The body must not be compressed: send it without Content-Encoding."
_NOT_IN_CHUNKS = "On its way the body may be coded in chunks only: Transfer-Encoding: chunked."
_ACCEPTED = {"Accept-Encoding": "identity"}


class ClearRequests(HttpMiddleware):
    """Refuses headers that a proxy and the service could read differently, bodies that are coded
    or parts of a whole, and URLs of which Python would read several as the same.

    A list such as If-Match may stand in several lines, and nothing depends on most headers.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _ambiguity_of(scope, dict(scope["headers"]))
        await (problem or self.app)(scope, receive, send)


def _ambiguity_of(scope: Scope, headers: dict[bytes, bytes]) -> ProblemResponse | None:
    if len(headers) < len(scope["headers"]) and _stands_twice(scope):
        return ProblemResponse(HTTPStatus.BAD_REQUEST, _TWICE)
    if not (_is_utf_8(scope.get("raw_path") or b"") and _is_utf_8(scope["query_string"])):
        return ProblemResponse(HTTPStatus.BAD_REQUEST, _NOT_UTF_8)
    if b"content-range" in headers:  # RFC 9110, 14.5: the part would be stored as the whole
        return ProblemResponse(HTTPStatus.BAD_REQUEST, _PARTIAL)
    if headers.get(b"content-encoding", b"").strip().lower() not in {b"", b"identity"}:
        return ProblemResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _CODED, _ACCEPTED)
    coding = headers.get(b"transfer-encoding", b"chunked").strip().lower()
    if coding != b"chunked":
        # RFC 9112, 6.1 and 6.3: unless chunked comes last, nothing tells where the body ends.
        is_delimited = coding.endswith(b"chunked")
        status = HTTPStatus.NOT_IMPLEMENTED if is_delimited else HTTPStatus.BAD_REQUEST
        return ProblemResponse(status, _NOT_IN_CHUNKS, CLOSE)
    return None


def _stands_twice(scope: Scope) -> bool:
    names = [name for name, _ in scope["headers"]]
    return any(names.count(name) > 1 for name in _SINGLE)


def _is_utf_8(spelt: bytes) -> bool:
    """Return whether a part of the URL is UTF-8; Python reads all other bytes as U+FFFD."""
    if b"%" not in spelt:
        return True
    try:
        unquote_to_bytes(spelt).decode()
    except UnicodeDecodeError:
        return False
    return True
