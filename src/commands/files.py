import asyncio
from datetime import timedelta

import click

from src.capabilities import safe_settings
from src.commands.bounds import age
from src.core.database import Database
from src.core.settings import part_of
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.services.stored_file_purge import KEPT, Purged, purge


@click.command
@age("hours", KEPT, least=1)  # an upload may be about to use what is younger
def purge_files(hours: float) -> None:
    """Delete older parts of uploads, files without a content, and contents that no file has."""
    parts, files, contents = asyncio.run(_purge(timedelta(hours=hours)))
    click.echo(
        f"Purged {parts} parts of uploads, {files} files without a content, {contents} contents."
    )


async def _purge(older_than: timedelta) -> Purged:
    settings = part_of(safe_settings(), FilesSettings)
    database = Database(settings)
    try:
        return await purge(database, store_of(settings.files_url), older_than, _tell)
    finally:
        await database.dispose()


def _tell(contents: int) -> None:
    click.echo(f"{contents} contents so far ...", err=True)
