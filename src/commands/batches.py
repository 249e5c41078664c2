"""Work in batches, for commands."""

from collections.abc import Callable

import click
from sqlmodel.ext.asyncio.session import AsyncSession

from src.capabilities import safe_settings
from src.core.blocking import SyncFacade, blocking
from src.services.purging import BATCH


def in_batches(
    service: Callable[[AsyncSession], object],
    purge: Callable[[SyncFacade], int],
    what: str,
    batch: int = BATCH,
) -> None:
    """Purge until nothing is left, each batch in a transaction of its own."""
    settings = safe_settings()
    purged, last = 0, batch
    while last == batch:
        with blocking(service, settings) as opened:
            last = purge(opened)
        purged += last
        if last == batch:
            click.echo(f"{purged} {what} so far ...", err=True)
    click.echo(f"Purged {purged} {what}.")
