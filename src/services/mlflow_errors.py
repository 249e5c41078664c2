"""Failures that MLflow's protocol has a code for."""

from http import HTTPStatus

from src.core.errors import DomainError, InvalidError, NotFoundError


class UnsupportedError(DomainError):
    """A call of the protocol that has no meaning here."""

    status = HTTPStatus.NOT_IMPLEMENTED
    refusal = "mlflow"


class NoExperimentError(NotFoundError):
    message = "There is no such experiment."


class NoRunError(NotFoundError):
    message = "There is no such run."


class NoModelError(NotFoundError):
    message = "There is no such registered model."


class NoVersionError(NotFoundError):
    message = "There is no such model version."


class NoLoggedModelError(NotFoundError):
    message = "There is no such logged model."


class NoTagError(NotFoundError):
    message = "There is no such tag."


class DeletedError(InvalidError):
    message = "It is deleted: restore it first."
