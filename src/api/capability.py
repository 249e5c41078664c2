"""An optional part of the service that spans several layers."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter, params
from pydantic import create_model

from src.api.service import Identify, Service
from src.core.observer import Observer
from src.core.settings import Settings


def _always(_: Settings) -> bool:
    return True


@dataclass(frozen=True)
class Capability:
    """Everything that the rest of the service has to know about an optional part.

    Tables, commands and test fixtures are not listed: their packages find them.
    """

    name: str
    settings: type[Settings] = Settings
    """Its settings, which are added to those of the service, and their hazards."""
    is_on: Callable[[Settings], bool] = _always
    guards: Sequence[params.Depends] = ()
    """Dependencies of every route that is not public."""
    routers: Sequence[APIRouter] = ()
    """Below /api/v1, guarded."""
    public: Sequence[APIRouter] = ()
    """Below /api/v1, without guards."""
    outside: Sequence[APIRouter] = ()
    """Beside /api/v1, guarded. Each brings its prefix, and may bring its error format."""
    outside_public: Sequence[APIRouter] = ()
    """Beside /api/v1, without guards."""
    identify: Identify | None = None
    """Identifies the caller; at most one capability has it."""
    lifespan: Callable[[Service], AbstractAsyncContextManager[None]] | None = None
    """Entered when the app starts, exited when it stops."""
    observers: Sequence[Observer] = ()
    companion: Callable[[Settings], str | None] = lambda _: None
    """Returns the module that `python -m src.serve` runs beside the service, if any."""
    probed: Sequence[str] = ()
    """Paths that probes call by an address instead of a host name; no observer learns of them."""

    def install(self, site: APIRouter, api: APIRouter, prefix: str) -> None:
        """Add the routes; ``api`` has the guards of all capabilities."""
        for router in self.routers:
            api.include_router(router)
        for router in self.public:
            site.include_router(router, prefix=prefix)
        for router in self.outside:
            site.include_router(router, dependencies=api.dependencies)
        for router in self.outside_public:
            site.include_router(router)


def observers_of(capabilities: Sequence[Capability], settings: Settings) -> list[Observer]:
    return [one for each in capabilities if each.is_on(settings) for one in each.observers]


def settings_with(capabilities: Sequence[Capability]) -> type[Settings]:
    """Join the settings of the service with those of its capabilities."""
    own = [each.settings for each in capabilities if each.settings is not Settings]
    return create_model("ServiceSettings", __base__=(*own, Settings))
