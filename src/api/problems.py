"""Renders every failure as a problem document (RFC 9457). None echoes the request."""

from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import MISSING, BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from src.api.lookup import allowed_methods
from src.api.unknown import unknown
from src.core.errors import DomainError
from src.core.logs import request_id
from src.schemas.base import message_of

MEDIA_TYPE = "application/problem+json"
# Tells clients and proxies not to send another request over this connection.
CLOSE = {"Connection": "close"}
ERRORS = 20
"""Most errors in an answer."""
NO_JSON = "The body must be JSON, with the header Content-Type: application/json."
# Reasons by status, where it has but one.
_REFUSALS: dict[int, str] = {
    HTTPStatus.REQUEST_TIMEOUT: "body",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body",
}


class Problem(BaseModel):
    # A `DomainError` may have extensions.
    model_config = {"extra": "allow", "use_attribute_docstrings": True}

    title: str
    status: int
    detail: str
    request_id: str
    errors: dict[str, list[str]] | MISSING = MISSING
    """Messages by part of the request, such as ``body.name``."""
    error_id: str | MISSING = MISSING
    """Also in the log; only with status 500."""


class RefusalResponse(Response):
    """Tells the observers its reason, if the service refuses although the request is right."""

    refusal: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.refusal:
            for observer in scope["app"].state.service.observers:
                observer.refused(self.refusal)
        await super().__call__(scope, receive, send)


class ProblemResponse(RefusalResponse):
    media_type = MEDIA_TYPE

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        refusal: str | None = None,
        **extensions: object,
    ) -> None:
        title = HTTPStatus(status).phrase
        members = {"status": status, "detail": detail or title, "request_id": request_id.get()}
        problem = Problem.model_validate({"title": title} | members | extensions)
        super().__init__(problem.model_dump_json(), status, headers)
        self.refusal = refusal or _REFUSALS.get(status)


async def on_domain_error(_: Request, error: DomainError) -> Response:
    extensions = error.extensions
    if error.fields:
        errors = {f"body.{field}": [str(error)] for field in error.fields}
        extensions = extensions | {"errors": errors}
    return ProblemResponse(error.status, str(error), error.headers, error.refusal, **extensions)


async def on_http_error(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request) or headers["Allow"]
    return ProblemResponse(error.status_code, error.detail, headers)


async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    problems = error.errors()
    if any(each["loc"][0] == "path" for each in problems):
        return ProblemResponse(HTTPStatus.NOT_FOUND)  # a malformed id names nothing
    if problems[0]["type"] == "json_invalid":
        return ProblemResponse(HTTPStatus.BAD_REQUEST, "The body is not valid JSON.")
    if isinstance(error.body, bytes):  # not parsed, because its type is not JSON
        return ProblemResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NO_JSON)
    messages = unknown(request.scope.get("endpoint"), problems)
    messages += [
        (each["loc"], message_of(each)) for each in problems if each["type"] != "extra_forbidden"
    ]
    errors = defaultdict(list)
    for place, message in messages[:ERRORS]:
        errors[".".join(map(str, place))].append(message)
    detail = "The request does not match the schema."
    if len(messages) > ERRORS:
        detail += f" It has {len(messages)} errors; these are the first {ERRORS}."
    return ProblemResponse(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def unexpected_problem(error_id: str) -> Response:
    detail = "Something went wrong here, and it is logged under this id."
    return ProblemResponse(HTTPStatus.INTERNAL_SERVER_ERROR, detail, CLOSE, error_id=error_id)


def _allowed(request: Request) -> str:
    """Return the methods of all routes at this path; a router stops at its first match."""
    found = allowed_methods(request.scope)
    return ", ".join(sorted(found | {"HEAD"} if "GET" in found else found))


PROBLEM_HANDLERS: dict[int | type[Exception], Any] = {
    DomainError: on_domain_error,
    HTTPException: on_http_error,
    RequestValidationError: on_invalid_request,
}
