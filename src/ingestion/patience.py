"""Waits while the database is away, and ends when the process is asked to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from src.core.errors import UnavailableError, cause_of

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds between two tries to reach the database; each pause is twice as long as the last."""

logger = logging.getLogger(__name__)


class StoppedError(Exception):
    """The process was asked to stop while it waited."""


class Patience:
    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping = stopping
        self._pause = FIRST_PAUSE

    async def insist[Value](self, act: Callable[[], Awaitable[Value]]) -> Value:
        """Act until the database answers. Raises `StoppedError`."""
        while True:
            try:
                value = await act()
            except UnavailableError as error:
                await self.wait(error)
            else:
                self.rest()
                return value

    async def wait(self, error: UnavailableError) -> None:
        """Pause for longer each time. Raises `StoppedError`."""
        logger.warning("The database is asked again in %.1f s: %s", self._pause, cause_of(error))
        await self.sleep(self._pause)
        self._pause = min(LONGEST_PAUSE, 2 * self._pause)

    def rest(self) -> None:
        """Note that the database has answered."""
        self._pause = FIRST_PAUSE

    async def sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        except TimeoutError:
            return
        raise StoppedError
