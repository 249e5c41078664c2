"""Hears what other processes announce, through PostgreSQL's LISTEN and NOTIFY."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from random import SystemRandom
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.ext.asyncio import AsyncConnection

from src.core.announcing import Announcement, Subscriber, announcements_of, send
from src.core.engines import CONNECT_SECONDS, postgresql_arguments
from src.core.pool import ConnectionPool
from src.core.sessions import LazyAsyncSession
from src.core.settings import Settings

PULSE_SECONDS = 1.0
LEASE_SECONDS = 3.0
"""Seconds after a pulse during which its echo proves that everything is heard."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 10.0
POOLER = "a pooler stands between: set DATABASE_LISTEN_URL to the address of the server itself"
SILENCE = "what is announced at DATABASE_URL does not arrive"

logger = logging.getLogger(__name__)


class DeafError(Exception):
    """A connection that opens, and on which nothing would be heard."""


class Listener:
    """Hears announcements, on one connection for all subscribers of the process.

    Pulses, sent over the service's own address, have to come back on it, so that a dead network, a
    pooler or a former primary is noticed.
    """

    def __init__(self, settings: Settings, pool: ConnectionPool) -> None:
        self._arguments: dict[str, Any] = {}
        self._heard_until = inf  # SQLite has one process, which hears itself
        url = settings.database_listen_url or settings.database_url
        if url.get_backend_name() == "postgresql":
            self._arguments, self._heard_until = postgresql_arguments(settings, url), 0.0
        self._pool = pool
        self._pulse = f"pulse_{uuid4().hex}"
        self._subscribers: dict[str, Subscriber] = {}
        self._is_reported = False

    @property
    def is_alive(self) -> bool:
        """Whether every announcement that was committed reaches the subscribers."""
        return time.monotonic() < self._heard_until

    def subscribe(self, channel: str, subscriber: Subscriber) -> None:
        """Add a subscriber, before `running` begins."""
        self._subscribers[channel] = subscriber

    @asynccontextmanager
    async def telling(
        self, session: LazyAsyncSession, connection: AsyncConnection
    ) -> AsyncIterator[None]:
        """Let the commit in the block tell the other processes, and tell this one at its end."""
        announcements = announcements_of(session)
        await send(connection, announcements)
        try:
            yield
        finally:  # a commit that fails may have succeeded
            for each in announcements:
                self._tell(each)

    def _tell(self, announcement: Announcement) -> None:
        if subscriber := self._subscribers.get(announcement.channel):
            subscriber.heard(announcement.payload)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen during the block, if anybody has subscribed."""
        if not (self._arguments and self._subscribers):
            yield
            return
        listening = asyncio.create_task(self._keep_listening())
        try:
            yield
        finally:
            self._heard_until = 0.0
            listening.cancel()
            await asyncio.wait({listening}, timeout=PULSE_SECONDS)

    async def _keep_listening(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._listen()
            except* Exception as errors:  # noqa: BLE001  # whatever it is, nothing is heard
                self._report(errors.exceptions[0])
            pause = FIRST_PAUSE if self._heard_until else min(2 * pause, LONGEST_PAUSE)
            self._heard_until = 0.0
            await asyncio.sleep(pause * SystemRandom().uniform(0.5, 1))  # spreads the processes

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._subscribe_at(connection)
            for each in self._subscribers.values():
                each.missed()
            async with asyncio.TaskGroup() as both:
                both.create_task(self._beat())
                async for notification in connection.notifies():
                    self._hear(Announcement(notification.channel, notification.payload))
        finally:
            await connection.close()

    async def _subscribe_at(self, connection: psycopg.AsyncConnection[Any]) -> None:
        (own,) = await (await connection.execute("SELECT pg_backend_pid()")).fetchone() or (0,)
        if own != connection.info.backend_pid:  # LISTEN would stay with a session of others
            raise DeafError(POOLER)
        await connection.execute("SET idle_session_timeout = 0")  # it only ever hears
        for channel in (self._pulse, *self._subscribers):
            await connection.execute(SQL("LISTEN {}").format(Identifier(channel)))

    async def _beat(self) -> None:
        """Send pulses. Raises `DeafError` if they do not come back."""
        while True:
            pulse = Announcement(self._pulse, str(time.monotonic()))
            async with self._pool.connection() as connection:
                await send(connection, [pulse])
            await asyncio.sleep(PULSE_SECONDS)
            if not self.is_alive:
                raise DeafError(SILENCE)

    def _hear(self, announcement: Announcement) -> None:
        if announcement.channel != self._pulse:
            self._tell(announcement)
            return
        self._heard_until = float(announcement.payload) + LEASE_SECONDS
        if self._is_reported:
            self._is_reported = False
            logger.warning("Announcements of other processes are heard again.")

    def _report(self, error: Exception) -> None:
        if not self._is_reported:
            self._is_reported = True
            logger.warning("Announcements of other processes are not heard: %s", error)
