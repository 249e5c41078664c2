"""Errors of the domain and of the database. `src.api.problems` renders them."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import ClassVar


class DomainError(Exception):
    """Base class. The message is for the client and repeats nothing that the client sent.

    ``fields`` are the fields of the request at fault, if known; ``extensions`` are further members
    of the problem document.
    """

    status: ClassVar[HTTPStatus]
    message: ClassVar[str]
    """The default for an error raised without a message."""
    headers: Mapping[str, str] = MappingProxyType({})
    refusal: ClassVar[str | None] = None
    """The reason that observers count, if the service refuses although the request is right."""

    def __init__(
        self, message: str | None = None, fields: tuple[str, ...] = (), **extensions: object
    ) -> None:
        super().__init__(message or self.message)
        self.fields = fields
        self.extensions = extensions


def cause_of(error: BaseException) -> BaseException:
    """Return what a log should tell of an error: a `DomainError` has words for clients."""
    return error.__cause__ or error


class UnauthenticatedError(DomainError):
    status = HTTPStatus.UNAUTHORIZED
    headers = MappingProxyType({"WWW-Authenticate": "Bearer"})


class ForbiddenError(DomainError):
    status = HTTPStatus.FORBIDDEN


class NotFoundError(DomainError):
    status = HTTPStatus.NOT_FOUND


class ConflictError(DomainError):
    status = HTTPStatus.CONFLICT


RETRY = MappingProxyType({"Retry-After": "1"})


class InProgressError(ConflictError):
    headers = RETRY


class PreconditionFailedError(DomainError):
    status = HTTPStatus.PRECONDITION_FAILED
    message = "This is not the current version: read it again, then repeat."


class InvalidError(DomainError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class UnavailableError(DomainError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers = RETRY
    refusal = "busy"


class TooManyAttemptsError(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "There were too many attempts: repeat the request later."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.headers = {"Retry-After": str(retry_after)}


# Raised for failures of the database: see `src.core.failures`.


class TakenError(ConflictError):
    message = "A value that must be unique is already taken."


class BrokenReferenceError(ConflictError):
    message = "The change breaks a reference between two rows."


class ReferencedError(BrokenReferenceError):
    message = "Other rows refer to this one: delete or change those first, then repeat."


class MissingReferenceError(BrokenReferenceError):
    """The row refers to one that does not exist or belongs to another user."""


class ChangedError(ConflictError):
    message = "The row was changed meanwhile: read it again, then repeat."


class RefusedValueError(InvalidError):
    message = "The database refuses a value of the request."


class BrokenRuleError(RefusedValueError):
    """The row breaks a CHECK."""


class BusyError(UnavailableError):
    message = "The database is busy: repeat the request."


class QueueError(BusyError):
    """No connection of the pool became free in time."""

    refusal = "queue"


class AwayError(UnavailableError):
    refusal = "away"
    message = "The database cannot be reached: repeat the request."


class NotWritableError(AwayError):
    message = "The database takes no changes at present: repeat the request."


class RenewedError(AwayError):
    message = "The connection to the database had to be renewed: repeat the request."


class UnusableDatabaseError(AwayError):
    """The database is reached, but not safe to use. The reason is for operators only."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason
        self.__cause__ = RuntimeError(reason)  # which logs tell
