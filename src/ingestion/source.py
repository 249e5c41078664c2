"""Where records come from. An adapter of a broker has these few methods."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from src.ingestion.records import Record


class SourceError(Exception):
    """The source cannot be read. The message is for the operator."""


class Source(Protocol):
    unit: str
    """What `lags` counts: bytes, records or milliseconds."""

    async def open(self) -> None:
        """Begin where the database says."""

    async def read(self) -> Sequence[Record] | None:
        """Return the next records, none if nothing has come for a while, and None at the end."""
        ...

    async def confirm(self, ends: Mapping[str, str]) -> None:
        """Let the broker show how far this consumer is. The database alone decides it."""

    async def restart(self) -> None:
        """Begin anew where the database says: another process has moved a position."""

    def lags(self) -> Mapping[str, float]:
        """Return by partition how much is left to read, as far as that is known."""
        ...

    async def close(self) -> None: ...
