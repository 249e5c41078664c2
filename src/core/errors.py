"""What the domain refuses. Services raise these; `src.api.problems` renders them."""

from http import HTTPStatus
from typing import ClassVar


class DomainError(Exception):
    """Base class; the message is written for the client and repeats nothing the client sent."""

    status: ClassVar[HTTPStatus]
    retry_after: ClassVar[int | None] = None
    """Seconds after which the same request may succeed."""


class NotFoundError(DomainError):
    status = HTTPStatus.NOT_FOUND


class ConflictError(DomainError):
    status = HTTPStatus.CONFLICT


class InvalidError(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnavailableError(DomainError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after = 1
