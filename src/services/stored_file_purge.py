"""Deletes what uploads and deleted files leave behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from src.core.database import Database
from src.files.errors import OtherStorageError
from src.files.store import Store
from src.models.base import utc_now
from src.services.purging import BATCH
from src.services.stored_file import FORGOTTEN
from src.services.stored_file_contents import begin_to_delete, delete_begun, is_ours

KEPT = timedelta(hours=24)
EVERY = 1_000
"""Contents between two reports."""


class Purged(NamedTuple):
    parts: int
    """Of uploads that were broken off with their process."""
    files: int
    """That have got no content."""
    contents: int
    """That no file has."""


async def purge(
    database: Database,
    store: Store,
    older_than: timedelta = KEPT,
    tell: Callable[[int], None] = lambda contents: None,
) -> Purged:
    """Delete what has been of no use for so long; report how many contents from time to time.

    Raises `OtherStorageError`.
    """
    if not await is_ours(database, store):
        raise OtherStorageError
    before = utc_now() - older_than
    parts = await store.drop_older(before)
    files, last = 0, BATCH
    while last == BATCH:
        async with database.writing() as session:
            last = await FORGOTTEN.batch(session, before=before)
        files += last
    contents = 0
    while await _begin_one(database, before):
        contents += await _delete_one(database, store)
        if contents % EVERY == 0:
            tell(contents)
    return Purged(parts, files, contents)


async def _begin_one(database: Database, before: datetime) -> bool:
    async with database.writing() as session:
        return await begin_to_delete(session, before)


async def _delete_one(database: Database, store: Store) -> bool:
    async with database.writing() as session:  # short: uploads of the same bytes wait for it
        return await delete_begun(session, store)
