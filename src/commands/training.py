import asyncio
import sys
from uuid import UUID

import click

from src.capabilities import safe_settings
from src.core.database import Database
from src.core.settings import part_of
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.errors import JobError
from src.training.repeating import Repeating, Repetition
from src.training.settings import TrainingSettings


class _Shown:
    def progress(
        self, done: float | None = None, total: float | None = None, message: str | None = None
    ) -> None:
        click.echo(f"{done} of {total} ...", err=True)


@click.command
@click.argument("document_id", type=click.UUID)
def repeat_training(document_id: UUID) -> None:
    """Repeat a training by the document of its session, and compare the predictions.

    Needs the packages of the worker. Nothing is stored.
    """
    try:
        repetition = asyncio.run(_repeat(document_id))
    except JobError as error:
        sys.exit(str(error))
    for kind in (repetition.packages, repetition.measures):
        for name, (before, after) in kind.items():
            click.echo(f"{name} was {before} and is {after}")
    if repetition.different:
        sys.exit(f"{repetition.different} of {repetition.rows} predictions differ.")
    click.echo(f"The same predictions for {repetition.rows} rows.")


async def _repeat(document_id: UUID) -> Repetition:
    settings = safe_settings()
    database = Database(settings)
    store = store_of(part_of(settings, FilesSettings).files_url)
    memory = part_of(settings, TrainingSettings).training_memory
    try:
        return await Repeating(database, store, memory, _Shown()).repeat(document_id)
    finally:
        await database.dispose()
