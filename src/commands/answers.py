from datetime import timedelta

import click

from src.commands.batches import in_batches
from src.commands.bounds import age
from src.services.idempotency import KEPT, IdempotencyService


@click.command
@age("hours", KEPT, least=1)  # a client may be about to repeat what is younger
def purge_answers(hours: float) -> None:
    """Delete older stored answers to POSTs with an Idempotency-Key."""
    older_than = timedelta(hours=hours)
    what = f"answers older than {hours:g} hours"
    in_batches(IdempotencyService, lambda answers: answers.purge(older_than=older_than), what)
