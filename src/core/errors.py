"""What the domain refuses. Services raise these; `src.api.problems` renders them."""

from http import HTTPStatus
from typing import ClassVar


class DomainError(Exception):
    """Base class; the message is written for the client and repeats nothing the client sent.

    ``fields`` are those of the request that are to blame, as far as they are known;
    ``extensions`` are further facts for programs to read.
    """

    status: ClassVar[HTTPStatus]
    retry_after: int | None = None
    """Seconds after which the same request may succeed."""

    def __init__(self, message: str, fields: tuple[str, ...] = (), **extensions: object) -> None:
        super().__init__(message)
        self.fields = fields
        self.extensions = extensions


class UnauthenticatedError(DomainError):
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, message: str = "Send a valid token: Authorization: Bearer ...") -> None:
        super().__init__(message)


class ForbiddenError(DomainError):
    status = HTTPStatus.FORBIDDEN


class NotFoundError(DomainError):
    status = HTTPStatus.NOT_FOUND


class ConflictError(DomainError):
    status = HTTPStatus.CONFLICT


class InProgressError(ConflictError):
    retry_after = 1


class PreconditionFailedError(DomainError):
    status = HTTPStatus.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__("This is not the current version: read it again, then repeat.")


class InvalidError(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnavailableError(DomainError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    retry_after = 1


class TooManyAttemptsError(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, retry_after: int) -> None:
        super().__init__("There were too many attempts: repeat the request later.")
        self.retry_after = retry_after
