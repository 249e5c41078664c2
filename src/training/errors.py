from http import HTTPStatus

from src.core.errors import RETRY, DomainError, UnavailableError


class NotInstalledError(DomainError):
    status = HTTPStatus.NOT_IMPLEMENTED
    message = "This service has not the packages that predictions need: see docs/training.md."


class TooManyPredictionsError(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "You are waiting for too many predictions: repeat the request later."
    headers = RETRY


class PredictionsError(UnavailableError):
    message = "Too many predictions are waiting: repeat the request."
    refusal = "predictions"


class PredictionMemoryError(UnavailableError):
    message = "The model and these rows need more memory than a prediction may take."
    refusal = "memory"


class LostPredictionError(UnavailableError):
    message = "The process of the prediction took too long, or has died: repeat the request."
    refusal = "predictions"
