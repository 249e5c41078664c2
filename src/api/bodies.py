"""Bodies: guards come before they are read, and JSON is measured before it is parsed."""

import json
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from src.api.guards import pass_early

VALUES = 100_000
"""Most values of a body: its objects, lists and what they hold."""
_NO_JSON = "not in UTF-8, too deep, or with too long a number"
# The closing quote may be missing: from each of many quotes, a search for it would go to the end.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


class JsonRequest(Request):
    """Reads JSON as RFC 8259 says, in UTF-8, whatever charset the client names."""

    async def json(self) -> Any:
        body = await self.body()
        if _has_too_many_values(body):
            detail = f"The body may have at most {VALUES} values."
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        try:
            return json.loads(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(_NO_JSON, "", 0) from error


def _has_too_many_values(body: bytes) -> bool:
    if _count(body) <= VALUES:
        return False
    quotes = body.count(b'"') - body.count(b'\\"')
    # A value has four at most: its own, and those of its name.
    return quotes > 4 * VALUES or _count(_TEXT.sub(b"", body)) > VALUES


def _count(body: bytes) -> int:
    return sum(map(body.count, (b",", b"[", b"{")))


class BodyRoute(APIRoute):
    """A route whose ``max_body_size``, if it is given, applies instead of the setting."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # Kept from FastAPI, whose own limit answers in plain text.
        self.body_limit: int | None = options.pop("max_body_size", None)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def handle_body(request: Request) -> Response:
            await pass_early(request)
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_body
