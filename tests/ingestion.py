"""A sink for the tests' own feature, and what reads a stream inline."""

import asyncio
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from src.core.database import Database
from src.ingestion.consuming import Consuming
from src.ingestion.files import FileSource
from src.ingestion.guard import Guard
from src.ingestion.intake import Intake
from src.ingestion.patience import Patience
from src.ingestion.positions import Positions
from src.ingestion.progress import Progress
from src.ingestion.records import Record
from src.ingestion.row_sink import RowSink
from src.ingestion.sink import AnySink
from src.ingestion.source import Source
from src.services.developer import DEVELOPER
from tests.api import Json
from tests.things import Thing, ThingCreate

THINGS = RowSink(Thing, ThingCreate, key=("name",))


def line(name: object, **fields: object) -> bytes:
    return json.dumps({"name": name, **fields}).encode() + b"\n"


def lines(count: int, begin: int = 0) -> bytes:
    return b"".join(line(f"thing {n}") for n in range(begin, begin + count))


class Impatience(Patience):
    """Notes the pauses instead of making them."""

    def __init__(self, stopping: asyncio.Event) -> None:
        super().__init__(stopping)
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Reader:
    """Reads a stream as a process would, in the tests' own."""

    def __init__(
        self,
        database: Database,
        sink: AnySink = THINGS,
        owner_id: UUID = DEVELOPER,
        token: str | None = None,
        source: str = "things",
        *,
        is_kept: bool = True,
    ) -> None:
        self.stopping = asyncio.Event()
        self.patience = Impatience(self.stopping)
        self.out = io.StringIO()
        self.positions = Positions(
            database, self.patience, owner_id, "reader", source, is_kept=is_kept
        )
        self.intake = Intake(sink, self.positions)
        self.guard = Guard(database, self.patience, token)
        self.progress = Progress("reader", self.out)

    def consuming(self, source: Source) -> Consuming:
        return Consuming(source, self.intake, self.patience, self.guard, self.progress)

    async def read(self, path: Path) -> None:
        """Read a file to its end."""
        await self.consuming(FileSource(os.open(path, os.O_RDONLY), self.positions)).run()

    async def take(self, *bodies: bytes, begin: int = 0) -> None:
        """Read these records of a source whose positions are their numbers."""
        records = [Record("0", str(begin + n + 1), body) for n, body in enumerate(bodies)]
        await self.consuming(Scripted(self.positions, [records])).run()


class Scripted:
    """A source of given batches."""

    unit = "records"

    def __init__(self, positions: Positions, batches: Sequence[Sequence[Record]]) -> None:
        self._positions = positions
        self._batches = [*batches]
        self.confirmed: list[Mapping[str, str]] = []
        self.restarts = 0
        self.is_closed = False

    async def open(self) -> None:
        await self._positions.ask()

    async def read(self) -> Sequence[Record] | None:
        return self._batches.pop(0) if self._batches else None

    async def confirm(self, ends: Mapping[str, str]) -> None:
        self.confirmed.append(ends)

    async def restart(self) -> None:
        self.restarts += 1
        await self._positions.ask()

    def lags(self) -> Mapping[str, float]:
        return {"0": sum(map(len, self._batches))}

    async def close(self) -> None:
        self.is_closed = True


async def dead_letters(client: Any) -> list[Json]:
    """Return those of the client's user, the oldest first."""
    answer = await client.get("/api/v1/dead-letters", params={"sort": "id", "limit": 100})
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items
