"""A process that writes the records of one stream, from its start to its end."""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from src.core.database import Database
from src.core.observer import Observer
from src.core.settings import Settings
from src.ingestion.consuming import Consuming
from src.ingestion.guard import Guard
from src.ingestion.intake import Intake
from src.ingestion.patience import Patience, StoppedError
from src.ingestion.positions import Positions
from src.ingestion.progress import Progress
from src.ingestion.sink import AnySink
from src.ingestion.source import Source


@dataclass(frozen=True)
class Stream:
    name: str
    """The name under which positions in it are stored."""
    make: Callable[[Positions, Patience], Source]
    is_kept: bool = True


@dataclass(frozen=True)
class Consumer:
    """Who reads a stream, and what becomes of it."""

    name: str
    sink: AnySink
    token: str | None
    observers: Sequence[Observer] = ()


async def ingest(settings: Settings, stream: Stream, consumer: Consumer) -> None:
    """Write records until the stream ends, or until SIGTERM or Ctrl-C."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    database, patience = Database(settings, consumer.observers), Patience(stopping)
    try:
        guard = Guard(database, patience, consumer.token)
        positions = Positions(
            database,
            patience,
            await guard.owner(),
            consumer.name,
            stream.name,
            is_kept=stream.is_kept,
        )
        source, intake = stream.make(positions, patience), Intake(consumer.sink, positions)
        progress = Progress(consumer.name, sys.stderr, consumer.observers)
        await Consuming(source, intake, patience, guard, progress).run()
    except StoppedError:
        return
    finally:
        await database.dispose()
