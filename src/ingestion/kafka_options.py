"""What is asked of librdkafka, and which of its errors end a process."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException

from src.ingestion.source import SourceError

type Options = Mapping[str, str | int | bool]

OWN: Options = {
    # A member with a lasting name (`group.instance.id`) that comes back within its session
    # time-out keeps its partitions, and no others change hands: a group whose members are killed
    # all the time still moves.
    "partition.assignment.strategy": "cooperative-sticky",
    # Positions are in the database. What the broker is told is for displays, and in the background.
    "enable.auto.offset.store": False,
}
"""Options that the code is written for: no file may set them."""
DEFAULTS: Options = {
    "session.timeout.ms": 10_000,
    # A position that the broker no longer has would otherwise be passed over in silence.
    "auto.offset.reset": "error",
    "queued.max.messages.kbytes": 65_536,
}

logger = logging.getLogger(__name__)


class Share(NamedTuple):
    """One of several equal parts of a topic's partitions."""

    number: int
    of: int


def options_with(given: Mapping[str, str]) -> Options:
    """Return the options of a consumer. Raises `SourceError`."""
    if taken := ", ".join(sorted(OWN.keys() & given.keys())):
        raise SourceError(f"Kafka: the service sets {taken} itself. Leave it out.")
    return {**DEFAULTS, **given, **OWN}


@contextmanager
def refused() -> Iterator[None]:
    """Raise `SourceError` for what librdkafka does not take."""
    try:
        yield
    except KafkaException as error:
        raise SourceError(f"Kafka: {error.args[0].str()}") from error


def refuse(error: KafkaError) -> None:
    """Raise an error that does not go away by itself; log others."""
    if error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:
        raise SourceError(f"Kafka: {error.str()}")
    logger.warning("Kafka: %s", error.str())
