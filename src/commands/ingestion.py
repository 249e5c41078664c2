from datetime import timedelta

import click

from src.commands.batches import in_batches
from src.commands.bounds import age
from src.services.dead_letter import BATCH, KEPT, DeadLetterPurge


@click.command
@age("days", KEPT)
def purge_dead_letters(days: float) -> None:
    """Delete older records of streams that could not be written."""
    older_than = timedelta(days=days)
    what = f"dead letters older than {days:g} days"
    in_batches(DeadLetterPurge, lambda letters: letters.purge(older_than=older_than), what, BATCH)
