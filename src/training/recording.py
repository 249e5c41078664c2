"""Writes the points of a curve while a model is trained."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from src.core.errors import UnavailableError, cause_of
from src.jobs.work import Work
from src.schemas.job import Json
from src.schemas.ml_metric import MlMetricBatch, MlMetricCreate
from src.services.ml_metric import MlMetricService

EVERY_SECONDS = 0.5
POINTS = 100
"""Points that are written at once, without waiting for their time."""
_AWAY = (UnavailableError, DBAPIError)

logger = logging.getLogger(__name__)


class Recorder:
    """Gathers points, and writes them by the lease of the job."""

    def __init__(self, work: Work[Any], experiment_id: UUID) -> None:
        self._work = work
        self._experiment_id = experiment_id
        self._points: list[MlMetricCreate] = []
        self._writing = asyncio.Lock()

    async def hear(self, news: Json) -> None:
        """Take points from the child, which waits while too many of them are to be written."""
        self._points += news["points"]
        while len(self._points) >= POINTS:
            if not await self.write():
                await asyncio.sleep(EVERY_SECONDS)

    async def write(self) -> bool:
        """Write what is there; return False if the database is away. Raises `LeaseLostError`."""
        async with self._writing:
            points = self._points[:]
            if not points:
                return True
            try:
                async with self._work.database.writing() as session:
                    await self._work.hold(session)
                    metrics = MlMetricService(session, self._work.owner_id)
                    batch = MlMetricBatch.model_validate({"points": points})
                    await metrics.record(self._experiment_id, batch)
            except _AWAY as error:
                logger.warning("Metrics cannot be written yet: %s", cause_of(error))
                return False
            del self._points[: len(points)]
            return True

    async def keep_writing(self) -> None:
        """Go on until this is cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.write()


@asynccontextmanager
async def recording(work: Work[Any], experiment_id: UUID) -> AsyncIterator[Recorder]:
    recorder = Recorder(work, experiment_id)
    writing = asyncio.create_task(recorder.keep_writing())
    try:
        yield recorder
        while not await recorder.write():
            await asyncio.sleep(EVERY_SECONDS)
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)  # the last word has the error, too
