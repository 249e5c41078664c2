from datetime import timedelta

import click

from src.commands.batches import in_batches
from src.services.idempotency import KEPT, IdempotencyService


@click.command
@click.option(
    "--hours", default=KEPT / timedelta(hours=1), show_default=True, help="Age in hours to keep."
)
def purge_answers(hours: float) -> None:
    """Delete older stored answers to POSTs with an Idempotency-Key."""
    age = timedelta(hours=hours)
    what = f"answers older than {hours:g} hours"
    in_batches(IdempotencyService, lambda answers: answers.purge(older_than=age), what)
