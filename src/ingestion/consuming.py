"""Takes what a source brings, until it ends or the process is asked to stop."""

import time
from collections.abc import Sequence

from src.core.errors import BusyError, DomainError, UnavailableError
from src.ingestion.guard import Guard
from src.ingestion.intake import Intake, Taken
from src.ingestion.patience import Patience, StoppedError
from src.ingestion.positions import FencedError
from src.ingestion.progress import Progress
from src.ingestion.records import BATCH, Record, refusal_of
from src.ingestion.source import Source
from src.services.dead_letter import TooManyDeadLettersError


class Consuming:
    def __init__(
        self, source: Source, intake: Intake, patience: Patience, guard: Guard, progress: Progress
    ) -> None:
        self._source, self._intake = source, intake
        self._patience, self._guard, self._progress = patience, guard, progress
        self._most = BATCH

    async def run(self) -> None:
        """Go on until the end of the source or SIGTERM, in either case after a whole batch."""
        try:
            await self._source.open()
            while not self._patience.stopping.is_set():
                await self._guard.check()
                records = await self._source.read()
                if records is None:
                    return
                await self._take(records)
        except StoppedError:
            return
        finally:
            self._progress.end(self._source)
            await self._source.close()

    async def _take(self, records: Sequence[Record]) -> None:
        try:
            while records:
                part = records[: self._most]
                begun = time.monotonic()
                taken = await self._try(part)
                if taken is None:
                    continue
                records = records[len(part) :]
                await self._source.confirm({each.partition: each.after for each in part})
                self._progress.took(taken, time.monotonic() - begun)
        except FencedError:
            await self._source.restart()
        self._progress.tell(self._source)

    async def _try(self, part: Sequence[Record]) -> Taken | None:
        """Take a part, or return None and let half of it be next.

        So the part shrinks until it is the one record that the database refuses, or until it is
        done in time, and grows again with each success.
        """
        try:
            taken = await self._intake.take(part)
        except TooManyDeadLettersError:
            raise
        except UnavailableError as error:
            if isinstance(error, BusyError):
                self._most = max(1, len(part) // 2)
            await self._patience.wait(error)
            return None
        except DomainError as error:
            if len(part) == 1:
                reason = refusal_of(error)
                return await self._patience.insist(lambda: self._intake.bury(part[0], reason))
            self._most = len(part) // 2
            return None
        self._patience.rest()
        self._most = min(BATCH, 2 * self._most)
        return taken
