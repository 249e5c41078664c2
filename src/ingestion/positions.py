"""The positions of one consumer in one source, as this process knows them."""

from collections.abc import Container, Mapping
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.database import Database
from src.ingestion.patience import Patience
from src.services.stream_position import PositionService


class FencedError(Exception):
    """Another process has moved a position: it has the partition by now."""


class Positions:
    def __init__(
        self,
        database: Database,
        patience: Patience,
        owner_id: UUID,
        consumer: str,
        source: str,
        *,
        is_kept: bool = True,
    ) -> None:
        """Set ``is_kept`` to false for a source that cannot be read again from a position."""
        self.database, self.owner_id = database, owner_id
        self.consumer, self.source = consumer, source
        self._patience = patience
        self._is_kept = is_kept
        self._known: dict[str, str] = {}

    async def ask(self, partitions: Container[str] | None = None) -> Mapping[str, str]:
        """Return the positions that the database has, however long that takes.

        Say which partitions are read from there on, if not all are: what was read of the others
        began elsewhere, and must not be taken for what follows these positions.
        """
        found = await self._patience.insist(self._asked) if self._is_kept else {}
        if partitions is not None:
            kept = {name: each for name, each in self._known.items() if name not in partitions}
            found = kept | {name: each for name, each in found.items() if name in partitions}
        self._known = found
        return found

    async def move(self, session: AsyncSession, ends: Mapping[str, str]) -> None:
        """Move positions on in a transaction. Raises `FencedError`."""
        if not self._is_kept:
            return
        service = PositionService(session, self.owner_id, self.consumer, self.source)
        for partition in sorted(ends):  # two processes that have both must not deadlock
            if not await service.move(partition, self._known.get(partition), ends[partition]):
                raise FencedError

    def moved(self, ends: Mapping[str, str]) -> None:
        """Note that the transaction is committed."""
        self._known.update(ends)

    async def _asked(self) -> dict[str, str]:
        async with self.database.reading(current=True) as session:
            return await PositionService(session, self.owner_id, self.consumer, self.source).ask()
