"""Every failure becomes a problem document (RFC 9457), here. None repeats what the client sent."""

from collections import defaultdict
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from src.core.errors import DomainError
from src.core.logs import request_id

MEDIA_TYPE = "application/problem+json"
# Tells clients and proxies not to send another request down this connection.
CLOSE = {"Connection": "close"}
NO_JSON = "The body must be JSON, with the header Content-Type: application/json."


class Problem(BaseModel):
    model_config = {"extra": "allow"}  # a `DomainError` may have extensions

    title: str
    status: int
    detail: str
    request_id: str
    errors: dict[str, list[str]] | None = None
    """What is wrong with which part of the request, such as ``body.name``."""
    error_id: str | None = None
    """What to look for in the log; only with status 500."""


class ProblemResponse(Response):
    media_type = MEDIA_TYPE

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        title = HTTPStatus(status).phrase
        problem = Problem(
            title=title,
            status=status,
            detail=detail or title,
            request_id=request_id.get(),
            **extensions,
        )
        super().__init__(problem.model_dump_json(exclude_unset=True), status, headers)


async def on_domain_error(_: Request, error: DomainError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    extensions = error.extensions
    if error.fields:
        errors = {f"body.{field}": [str(error)] for field in error.fields}
        extensions = extensions | {"errors": errors}
    return ProblemResponse(error.status, str(error), headers, **extensions)


async def on_http_error(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request) or headers["Allow"]
    return ProblemResponse(error.status_code, error.detail, headers)


async def on_invalid_request(request: Request, error: RequestValidationError) -> Response:
    problems = error.errors()
    if any(each["loc"][0] == "path" for each in problems):
        return ProblemResponse(HTTPStatus.NOT_FOUND)  # what is no id names nothing
    if problems[0]["type"] == "json_invalid":
        return ProblemResponse(HTTPStatus.BAD_REQUEST, "The body is not valid JSON.")
    if isinstance(error.body, bytes):  # left unparsed, because nothing said that it is JSON
        return ProblemResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, NO_JSON)
    errors = defaultdict(list)
    for each in problems:
        # The last part of an unknown field's location is its name, as the client chose it.
        location = each["loc"][:-1] if each["type"] == "extra_forbidden" else each["loc"]
        errors[".".join(map(str, location))].append(each["msg"].removeprefix("Value error, "))
    detail = "The request does not match the schema."
    return ProblemResponse(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors=errors)


def unexpected_problem(error_id: str) -> Response:
    detail = "Something went wrong here, and it is logged under this id."
    return ProblemResponse(HTTPStatus.INTERNAL_SERVER_ERROR, detail, CLOSE, error_id=error_id)


def _allowed(request: Request) -> str:
    """The methods of every operation at this path. A router knows only those of its first match."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    methods = {
        method.upper()
        for template, operations in request.app.openapi()["paths"].items()
        if compile_path(template)[0].match(path)
        for method in operations
    }
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))


PROBLEM_HANDLERS: dict[int | type[Exception], Any] = {
    DomainError: on_domain_error,
    HTTPException: on_http_error,
    RequestValidationError: on_invalid_request,
}
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Problem",
        "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}},
    }
}
