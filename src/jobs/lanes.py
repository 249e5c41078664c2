"""Which jobs a worker runs, and how many of them at once."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from src.jobs.handlers import AnyHandler, missing_packages

MOST_PLACES = 1_000
_NUMBERS = {*map(str, range(1, MOST_PLACES + 1))}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lane:
    """Queues that share a number of places."""

    queues: tuple[str, ...]
    places: int


def lanes_of(handlers: Mapping[str, AnyHandler], written: str | None, places: int) -> list[Lane]:
    """Return a lane for each kind with a number, as in ``import,export,train=1``, and one for the
    others; for all kinds if none is written. Raises ``ValueError``.
    """
    own: list[Lane] = []
    shared: list[str] = []
    for part in written.split(",") if written else handlers:
        name, has_own, number = part.strip().partition("=")
        if name not in handlers or (has_own and number not in _NUMBERS):
            msg = (
                f"write kinds among {', '.join(handlers)}, each perhaps with a number from 1 to "
                f"{MOST_PLACES}: train=1"
            )
            raise ValueError(msg)
        queues = _queues_of(handlers[name])
        if queues and has_own:
            own.append(Lane(queues, int(number)))
        else:
            shared += queues
    return [*own, Lane(tuple(shared), places)] if shared else own


def _queues_of(handler: AnyHandler) -> tuple[str, ...]:
    """Return the queues of a kind; none if its packages are not installed."""
    if not (missing := missing_packages(handler.kind)):
        return tuple(handler.kind.queues)
    name, packages = handler.kind.name, ", ".join(missing)
    logger.warning("Jobs of the kind %s stay queued: %s is not installed", name, packages)
    return ()
