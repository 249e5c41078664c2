"""Write the records of a stream as rows: ``python -m src.ingestion --help``."""

from src.core.signals import obey_from_now_on

if __name__ == "__main__":
    obey_from_now_on()

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname
from typing import TextIO

import click
from sqlalchemy.exc import DBAPIError

from src.api.caller import AccessSettings
from src.api.capability import observers_of
from src.capabilities import CAPABILITIES, safe_settings
from src.core.errors import DomainError
from src.core.logs import configure_logging
from src.core.remedies import for_operators
from src.core.settings import part_of
from src.ingestion.files import FileSource
from src.ingestion.options import SOURCE, Name, need, options_in, share_in, sink_of, with_consumer
from src.ingestion.patience import Patience
from src.ingestion.positions import Positions
from src.ingestion.running import Consumer, Stream, ingest
from src.ingestion.settings import IngestionSettings
from src.ingestion.source import Source, SourceError

NAME = Name(SOURCE)


@click.group
def commands() -> None:
    """Write the records of a stream as rows, each once.

    The rows belong to the user of INGESTION_TOKEN.
    """


@commands.command
@click.argument("path", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--name",
    type=NAME,
    help="The name of the stream; by default the path. Without it, a pipe keeps no position.",
)
@with_consumer
def file(path: str, name: str | None, sink_name: str | None, consumer: str | None) -> None:
    """Read lines of JSON from a file, or from standard input if PATH is -."""
    is_file = path != "-" and Path(path).is_file()
    try:
        stream = name or (NAME.convert(str(Path(path).resolve())) if is_file else "-")
    except click.BadParameter as error:
        raise click.BadParameter(f"{error.message}: give --name", param_hint="PATH") from None

    def make(positions: Positions, _: Patience) -> Source:
        opened = os.dup(sys.stdin.fileno()) if path == "-" else os.open(path, os.O_RDONLY)
        return FileSource(opened, positions)

    run(Stream(stream, make, is_kept=is_file or name is not None), sink_name, consumer)


@commands.command
@click.option("--topic", required=True, type=NAME)
@click.option("--bootstrap", default="localhost:9092", show_default=True, help="Brokers.")
@click.option(
    "--instance",
    default=gethostname,
    show_default="the name of the host",
    help="The lasting name of this member of the group: no two processes at a time have the same.",
)
@click.option(
    "--share",
    help="Take a part of the partitions, such as 1/3 for the first third, and join no group: where "
    "processes end and begin all the time, nothing is assigned anew.",
)
@click.option(
    "--config", type=click.File(), help="Options of librdkafka, such as passwords: name=value."
)
@with_consumer
def kafka(
    topic: str,
    bootstrap: str,
    instance: str,
    share: str | None,
    config: TextIO | None,
    sink_name: str | None,
    consumer: str | None,
) -> None:
    """Read a topic of Kafka. The consumer is the group."""
    need("confluent_kafka")
    from src.ingestion.kafka import KafkaSource
    from src.ingestion.kafka_options import Share

    group = consumer or sink_of(sink_name)[0]
    given = {"bootstrap.servers": bootstrap, "group.id": group, "group.instance.id": instance}
    given |= options_in(config or ())
    part = Share(*share_in(share)) if share else None

    def make(positions: Positions, _: Patience) -> Source:
        return KafkaSource(topic, positions, given, part)

    run(Stream(topic, make), sink_name, group)


@commands.command
@click.option("--stream", required=True, type=NAME)
@click.option("--shard", "shards", multiple=True, help="Read only these; by default all of them.")
@with_consumer
def kinesis(
    stream: str, shards: Sequence[str], sink_name: str | None, consumer: str | None
) -> None:
    """Read a stream of Kinesis. AWS's own variables say where it is."""
    need("boto3")
    from src.ingestion.kinesis import KinesisSource

    def make(positions: Positions, patience: Patience) -> Source:
        return KinesisSource(stream, positions, patience, shards)

    run(Stream(stream, make), sink_name, consumer)


def run(stream: Stream, sink_name: str | None, consumer: str | None) -> None:
    name, sink = sink_of(sink_name)
    settings = safe_settings()
    configure_logging(settings)
    token = part_of(settings, IngestionSettings).ingestion_token
    if token is None and part_of(settings, AccessSettings).token_required:
        sys.exit("Set INGESTION_TOKEN to the token of a user, with the scope write.")
    observers = observers_of(CAPABILITIES, settings)
    secret = token.get_secret_value() if token else None
    try:
        asyncio.run(ingest(settings, stream, Consumer(consumer or name, sink, secret, observers)))
    except SourceError as error:
        sys.exit(str(error))
    except (DomainError, DBAPIError) as error:
        sys.exit(for_operators(error, settings.database_url))


if __name__ == "__main__":
    commands(prog_name="python -m src.ingestion")
