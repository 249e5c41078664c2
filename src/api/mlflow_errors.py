"""Failures in the form of MLflow's protocol, on its routes only."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from src.api.problems import ERRORS, RefusalResponse
from src.core.errors import DomainError, MissingReferenceError, TakenError
from src.schemas.base import message_of
from src.schemas.mlflow_base import Failure

HANDLERS = "starlette.exception_handlers"
"""Starlette's own key of a scope for its handlers of exceptions. A commit fails outside of the
route's handler, and no public interface reaches such a failure on some routes only."""
_CODES: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "INVALID_PARAMETER_VALUE",
    HTTPStatus.UNAUTHORIZED: "UNAUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
    HTTPStatus.NOT_FOUND: "RESOURCE_DOES_NOT_EXIST",
    HTTPStatus.CONFLICT: "RESOURCE_CONFLICT",
    HTTPStatus.TOO_MANY_REQUESTS: "REQUEST_LIMIT_EXCEEDED",
    HTTPStatus.NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    HTTPStatus.SERVICE_UNAVAILABLE: "TEMPORARILY_UNAVAILABLE",
}
EXISTS = "RESOURCE_ALREADY_EXISTS"


class FailureResponse(RefusalResponse):
    media_type = "application/json"

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        refusal: str | None = None,
    ) -> None:
        failure = Failure(error_code=code or _CODES.get(status, "BAD_REQUEST"), message=message)
        super().__init__(failure.model_dump_json(), status, headers)
        self.refusal = refusal


async def _on_domain_error(_: Request, error: DomainError) -> Response:
    message = ", ".join([*error.fields, str(error)]) if error.fields else str(error)
    if isinstance(error, TakenError):
        return FailureResponse(HTTPStatus.BAD_REQUEST, message, EXISTS)
    status: int = error.status
    if isinstance(error, MissingReferenceError):
        status = HTTPStatus.NOT_FOUND
    elif status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.PRECONDITION_FAILED}:
        status = HTTPStatus.BAD_REQUEST
    return FailureResponse(status, message, None, error.headers, error.refusal)


async def _on_http_error(_: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    return FailureResponse(error.status_code, error.detail, None, headers)


async def _on_invalid_request(_: Request, error: RequestValidationError) -> Response:
    problems = [_told(each["loc"][1:], message_of(each)) for each in error.errors()[:ERRORS]]
    return FailureResponse(HTTPStatus.BAD_REQUEST, "; ".join(problems))


def _told(place: Sequence[object], message: str) -> str:
    return f"{'.'.join(map(str, place))}: {message}" if place else message


FAILURE_HANDLERS: dict[type[Exception], Any] = {
    DomainError: _on_domain_error,
    HTTPException: _on_http_error,
    RequestValidationError: _on_invalid_request,
}
