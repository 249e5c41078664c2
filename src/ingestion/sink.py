"""What takes records: it reads them one by one, and writes a batch of them."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.ingestion import sinks


class Sink[Row](Protocol):
    def read(self, body: bytes) -> Row:
        """Return the row of a record. Raises ``ValidationError``."""
        ...

    async def write(
        self, session: AsyncSession, owner_id: UUID, rows: Sequence[Row]
    ) -> Mapping[int, str]:
        """Write rows, and return the reasons against some of them by their numbers.

        Raises a `DomainError` if the database refuses any: the batch then comes again in parts.
        """
        ...


type AnySink = Sink[Any]


def found() -> dict[str, AnySink]:
    """Return the `sink` of each module of the package, by the module's name."""
    names = sorted(each.name for each in iter_modules(sinks.__path__))
    return {name: import_module(f"{sinks.__name__}.{name}").sink for name in names}
