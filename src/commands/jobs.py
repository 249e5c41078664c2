from datetime import timedelta

import click

from src.commands.batches import in_batches
from src.commands.bounds import age
from src.services.job import BATCH, KEPT, JobPurge


@click.command
@age("days", KEPT)
def purge_jobs(days: float) -> None:
    """Delete jobs that finished longer ago, with their events."""
    older_than = timedelta(days=days)
    what = f"jobs that finished over {days:g} days ago"
    in_batches(JobPurge, lambda jobs: jobs.purge(older_than=older_than), what, BATCH)
