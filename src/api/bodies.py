"""Checks guards and parameters before a body is read, and measures JSON before it is parsed."""

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from src.api.guards import pass_early
from src.api.parameters import check_parameters, parameters_of

VALUES = 100_000
"""Most values of a body: its objects, lists and what they hold."""
_TWICE = "A name may stand only once in an object of the body."
_NO_JSON = "not in UTF-8, too deep, or with too long a number"


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):  # other parsers may take the first of two, Python the last
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, _TWICE)
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object)


class JsonRequest(Request):
    """Reads JSON as RFC 8259 says, in UTF-8, whatever charset the client names."""

    async def json(self) -> Any:
        body = await self.body()
        if _has_too_many_values(body):
            detail = f"The body may have at most {VALUES} values."
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        try:
            return _DECODER.decode(body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(_NO_JSON, "", 0) from error


def only_reads(request: Request) -> bool:
    return request.method == "GET" or getattr(request.scope.get("route"), "only_reads", False)


def _has_too_many_values(body: bytes) -> bool:
    if _count(body) <= VALUES:
        return False
    quotes = body.count(b'"') - body.count(b'\\"')
    # A value has at most four quotes: its own, and those of its name.
    return quotes > 4 * VALUES or _count(_without_texts(body)) > VALUES


def _without_texts(body: bytes) -> bytes:
    """Leave out what stands between quotes. A regular expression would take four times as long."""
    return b"".join(body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])


def _count(body: bytes) -> int:
    return sum(map(body.count, (b",", b"[", b"{")))


class BodyRoute(APIRoute):
    """A route whose ``max_body_size``, if it is given, applies instead of the setting."""

    only_reads: ClassVar[bool] = False
    """A POST changes nothing, such as a search: it is a question with a body."""
    takes_any_parameter: ClassVar[bool] = False
    """Others say what a query may have: parameters that no handler declares are let through."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        # Kept from FastAPI, whose own limit answers in plain text.
        self.body_limit: int | None = options.pop("max_body_size", None)
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, declared = super().get_route_handler(), parameters_of(self.dependant)
        has_body = self.body_field is not None

        async def handle_early(request: Request) -> Response:
            has_query = request.scope["query_string"] and not self.takes_any_parameter
            if has_body or has_query:
                await pass_early(request)
            if has_query:
                check_parameters(request, declared)
            return await handle(
                JsonRequest(request.scope, request.receive) if has_body else request
            )

        return handle_early
