"""One batch is one transaction: positions, rows and dead letters, all of them or none."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from src.ingestion.positions import Positions
from src.ingestion.records import RECORD_BYTES, TOO_LONG, Record, as_dead_letter, reason_of
from src.ingestion.sink import AnySink
from src.models.dead_letter import DeadLetter
from src.services.dead_letter import DeadLetterService


class Taken(NamedTuple):
    written: int
    refused: int


class Intake:
    def __init__(self, sink: AnySink, positions: Positions) -> None:
        self._sink = sink
        self._positions = positions

    async def take(self, records: Sequence[Record]) -> Taken:
        """Write records. Raises a `DomainError` if the database refuses them, and `FencedError`."""
        rows, origins, dead = list[Any](), list[Record](), list[DeadLetter]()
        read = self._sink.read
        for record in records:
            if len(record.body) > RECORD_BYTES:
                dead.append(self._dead(record, TOO_LONG))
                continue
            try:
                rows.append(read(record.body))
                origins.append(record)
            except ValidationError as error:
                dead.append(self._dead(record, reason_of(error)))
        return await self._write(records, rows, origins, dead)

    async def bury(self, record: Record, reason: str) -> Taken:
        """Write a record that the database has refused as a dead letter."""
        return await self._write([record], [], [], [self._dead(record, reason)])

    async def _write(
        self,
        records: Sequence[Record],
        rows: Sequence[Any],
        origins: Sequence[Record],
        dead: list[DeadLetter],
    ) -> Taken:
        ends = {record.partition: record.after for record in records}
        owner_id = self._positions.owner_id
        async with self._positions.database.writing() as session:
            await self._positions.move(session, ends)
            refused = await self._sink.write(session, owner_id, rows) if rows else {}
            dead += [self._dead(origins[n], reason) for n, reason in refused.items()]
            await DeadLetterService(session, owner_id).bury(dead)
        self._positions.moved(ends)
        return Taken(len(rows) - len(refused), len(dead))

    def _dead(self, record: Record, reason: str) -> DeadLetter:
        return as_dead_letter(record, self._positions.consumer, self._positions.source, reason)
