"""Which errors of Kinesis end a process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from src.ingestion.source import SourceError

PASSING = {
    "ExpiredIteratorException",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
}
"""Errors after which a shard is asked anew from where it was."""

logger = logging.getLogger(__name__)


@contextmanager
def refused() -> Iterator[None]:
    """Raise `SourceError` for a setting of AWS that is missing or wrong."""
    try:
        yield
    except (BotoCoreError, ValueError) as error:
        raise SourceError(f"Kinesis: {error}") from error


def refuse(error: BotoCoreError | ClientError) -> None:
    """Raise an error that does not go away by itself; log others."""
    if not _passes(error):
        raise SourceError(f"Kinesis: {error}") from error
    logger.warning("Kinesis is asked again: %s", error)


def _passes(error: BotoCoreError | ClientError) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return error.response["Error"]["Code"] in PASSING or status >= 500
    return isinstance(error, ConnectionError | HTTPClientError)
