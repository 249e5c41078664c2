from http import HTTPStatus

from src.core.errors import RETRY, DomainError, InvalidError, UnavailableError


class FullError(DomainError):
    status = HTTPStatus.INSUFFICIENT_STORAGE
    message = "The disk has no room for this file: repeat the request later."
    refusal = "full"


class TooLargeError(DomainError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    refusal = "body"

    def __init__(self, most: int) -> None:
        super().__init__(f"A file may have at most {most} bytes.")


class QuotaError(DomainError):
    status = HTTPStatus.INSUFFICIENT_STORAGE
    message = "The file would exceed the quota of your files: delete others first."


class StorageAwayError(UnavailableError):
    message = "The storage of files cannot be reached: repeat the request."
    refusal = "storage"


class OtherStorageError(UnavailableError):
    message = (
        "The storage in FILES_URL has none of the contents that it should have: correct FILES_URL. "
        "Nothing was deleted."
    )
    refusal = "storage"


class TooManyTransfersError(DomainError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = "You are transferring too many files at once: repeat the request later."
    headers = RETRY


class TransfersError(UnavailableError):
    message = "Too many files are being transferred: repeat the request."
    refusal = "transfers"


class OtherContentError(InvalidError):
    message = "The content is not the one that was announced: its size or its SHA-256 differs."
