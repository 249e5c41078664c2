"""Run jobs: ``python -m src.worker --help``."""

from src.core.signals import obey_from_now_on

if __name__ == "__main__":
    obey_from_now_on()

import asyncio
import os
from threading import Timer

import click

from src.api.capability import observers_of
from src.capabilities import CAPABILITIES, safe_settings
from src.commands.bounds import Finite
from src.core.logs import configure_logging
from src.core.memory import return_large_blocks
from src.jobs.handlers import found
from src.jobs.lanes import MOST_PLACES, lanes_of
from src.jobs.working import work

MOST_GRACE = 86_400
MOST_PIDS = 2**22
LAST_SECONDS = 5.0
"""Time in which a process ends that has done its work."""


@click.command
@click.option(
    "--queues",
    help="Kinds of jobs, such as import,export,train=1: one with a number has as many places of "
    "its own. Without this option, all kinds.",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, MOST_PLACES),
    default=4,
    show_default=True,
    help="Places for the other kinds.",
)
@click.option(
    "--grace",
    type=Finite(0, MOST_GRACE),
    default=20.0,
    show_default=True,
    help="Seconds that jobs have after SIGTERM.",
)
@click.option(
    "--parent",
    type=click.IntRange(1, MOST_PIDS),
    help="End when this is no longer the parent process.",
)
def main(queues: str | None, concurrency: int, grace: float, parent: int | None) -> None:
    """Run jobs until SIGTERM, those of the kinds whose packages are installed."""
    settings = safe_settings()
    configure_logging(settings)
    return_large_blocks()
    handlers = found()
    try:
        lanes = lanes_of(handlers, queues, concurrency)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--queues") from None
    observers = observers_of(CAPABILITIES, settings)
    with asyncio.Runner() as runner:
        try:
            runner.run(work(settings, handlers, lanes, grace, parent, observers))
        finally:
            end_at_last()


def end_at_last() -> None:
    """End the process although Python waits for code that swallows its cancellation, or a thread."""
    timer = Timer(LAST_SECONDS, os._exit, [1])
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
