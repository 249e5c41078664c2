"""Work in batches, for commands."""

from collections.abc import Callable

import click
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.blocking import SyncFacade, blocking
from src.services.purging import BATCH


def in_batches(
    service: Callable[[AsyncSession], object], purge: Callable[[SyncFacade], int], what: str
) -> None:
    """Purge until nothing is left, each batch in a transaction of its own."""
    purged, last = 0, BATCH
    while last == BATCH:
        with blocking(service) as opened:
            last = purge(opened)
        purged += last
        if last == BATCH:
            click.echo(f"{purged} {what} so far ...", err=True)
    click.echo(f"Purged {purged} {what}.")
