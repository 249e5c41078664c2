"""Who sends a request, and a memory of it, so that not every request looks its token up."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.announcing import announce
from src.core.listening import Listener
from src.models.token import Scope

ENTRIES = 1_024
CHANGES = "callers"
"""The channel of changes to what callers may do."""


@dataclass(frozen=True)
class Caller:
    user_id: UUID
    scopes: frozenset[Scope]
    """Those of the token; `admin` only as long as the user is an administrator."""
    token_id: UUID | None = None
    has_logged_in: bool = True
    """Not by the key of a program."""


def announce_change(session: AsyncSession, user_id: UUID) -> None:
    """Let all processes forget the user's tokens when the transaction is committed."""
    announce(session, CHANGES, str(user_id))


class Moment(NamedTuple):
    time: float
    changes: int


class CallerMemory:
    """Remembers callers for some seconds, and only while every change to them is heard."""

    def __init__(self, listener: Listener, seconds: float) -> None:
        self._listener = listener
        self._seconds = seconds
        self._entries: dict[str, tuple[Caller, float]] = {}
        self._changes = 0
        listener.subscribe(CHANGES, self)

    def recall(self, digest: str) -> Caller | None:
        entry = self._entries.get(digest)
        if entry is None or monotonic() >= entry[1] or not self._listener.is_alive:
            return None
        return entry[0]

    def now(self) -> Moment:
        """Return the moment at which a look-up begins."""
        return Moment(monotonic(), self._changes)

    def keep(
        self, digest: str, caller: Caller, begun: Moment, lasts: timedelta | None = None
    ) -> None:
        """Remember a caller, unless anybody has changed since the look-up began."""
        if begun.changes != self._changes or not self._listener.is_alive:
            return
        self._entries.pop(digest, None)
        if len(self._entries) >= ENTRIES:
            del self._entries[next(iter(self._entries))]  # the oldest, which ends first
        seconds = self._seconds if lasts is None else min(self._seconds, lasts.total_seconds())
        self._entries[digest] = caller, begun.time + seconds

    def heard(self, payload: str) -> None:
        """Forget the user with this id."""
        self._changes += 1
        gone = [
            each for each, (caller, _) in self._entries.items() if str(caller.user_id) == payload
        ]
        for each in gone:
            del self._entries[each]

    def missed(self) -> None:
        self._changes += 1
        self._entries.clear()
