"""The state of the app, in one typed object."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request

from src.api.draining import Drain
from src.api.streams import Streams
from src.core.database import Database
from src.core.observer import Observer
from src.core.settings import Settings, part_of

type Identify = Callable[[Request], Awaitable[str]]
"""Returns the caller's id, or raises a `DomainError` if there is none."""


async def anonymous(_: Request) -> str:
    return ""


@dataclass(frozen=True)
class Service:
    settings: Settings
    database: Database
    drain: Drain
    streams: Streams
    identify: Identify = anonymous
    observers: Sequence[Observer] = ()

    def settings_of[S: Settings](self, kind: type[S]) -> S:
        """Return the settings as an instance of a capability's class."""
        return part_of(self.settings, kind)


async def get_service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service
