"""Announcements of changes, which a transaction carries to all processes."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.driver import driver_of
from src.core.sessions import LazyAsyncSession

ANNOUNCED = "announced"
"""Key of a session's `info` for its announcements."""


class Announcement(NamedTuple):
    channel: str
    payload: str


class Subscriber(Protocol):
    def heard(self, payload: str) -> None:
        """Take notice of an announcement; it may arrive twice."""

    def missed(self) -> None:
        """Take notice that earlier announcements may not have been heard."""


def announce(session: AsyncSession, channel: str, payload: str) -> None:
    """Tell the subscribers in all processes when the session's transaction is committed, and those
    in this process before `Database.writing` ends.
    """
    session.info.setdefault(ANNOUNCED, []).append(Announcement(channel, payload))


def announcements_of(session: LazyAsyncSession) -> Sequence[Announcement]:
    announced: Sequence[Announcement] = session.info.get(ANNOUNCED, ()) if session.is_used else ()
    return announced


async def send(connection: AsyncConnection, announcements: Sequence[Announcement]) -> None:
    """Let the transaction carry announcements to other processes; SQLite has none to tell."""
    if connection.dialect.name == "postgresql":
        for each in announcements:
            await driver_of(connection).execute("SELECT pg_notify(%s, %s)", each)
