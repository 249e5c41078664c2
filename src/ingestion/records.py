"""Records as sources bring them, and the reasons against those that cannot be read."""

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from src.core.errors import DomainError
from src.models.dead_letter import DeadLetter
from src.schemas.base import message_of
from src.services.dead_letter import BODY

BATCH = 10_000
"""Most records of a transaction."""
BATCH_BYTES = 16_000_000
"""Bytes of records at which a batch is complete, however few they are."""
RECORD_BYTES = 1_000_000
TOO_LONG = f"has more than {RECORD_BYTES} bytes"


class Record(NamedTuple):
    partition: str
    after: str
    """The position behind it: where the source goes on once it is written."""
    body: bytes


def reason_of(error: ValidationError) -> str:
    """Return the first fault, without names and values that the record itself has chosen."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return "is not JSON"
    if first["type"] == "extra_forbidden":
        return "has an unknown field"
    message = message_of(first)
    return f"{first['loc'][0]}: {message}" if first["loc"] else message


def refusal_of(error: DomainError) -> str:
    """Return why a sink refuses a record: its first error, if it names any."""
    errors = error.extensions.get("errors")
    if not isinstance(errors, Mapping):
        return str(error)
    place, messages = next(iter(errors.items()))
    return f"{place.rpartition('.')[2]}: {messages[0]}"


def as_dead_letter(record: Record, consumer: str, source: str, reason: str) -> DeadLetter:
    text = record.body[: 4 * BODY].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return DeadLetter.model_construct(
        consumer=consumer,
        source=source,
        partition=record.partition,
        position=record.after,
        reason=reason[:500],
        body=text[:BODY],
    )
