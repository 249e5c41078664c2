from datetime import timedelta

import click

from src.core.blocking import blocking
from src.services.idempotency import IdempotencyService


@click.command
@click.option("--hours", default=24.0, show_default=True, help="Age in hours to keep.")
def purge_answers(hours: float) -> None:
    """Delete older stored answers to POSTs with an Idempotency-Key."""
    with blocking(IdempotencyService) as answers:
        purged = answers.purge(older_than=timedelta(hours=hours))
    click.echo(f"Purged {purged} answers older than {hours:g} hours.")
