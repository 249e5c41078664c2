import logging
from http import HTTPStatus

from src.core.errors import RETRY, DomainError, InvalidError, UnavailableError

logger = logging.getLogger(__name__)


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


class GoneError(DomainError):
    status = HTTPStatus.GONE
    message = "The content of this file is not in the storage any more."


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


def away(cause: Exception) -> StorageAwayError:
    """Return the error for clients, and tell operators the cause."""
    logger.warning("The storage of files fails: %s", str(cause).partition("\n")[0])
    return StorageAwayError()


def gone(md5: str) -> GoneError:
    """Return the error for clients, and tell operators what is missing."""
    logger.error("A content is not in the storage: %s", md5)
    return GoneError()
