"""Previews of files, computed in a child process."""

import asyncio
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from src.core.errors import NotFoundError
from src.files.errors import GoneError
from src.files.local import local, private_folder
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.child import run_in_child
from src.jobs.errors import JobError
from src.jobs.handlers import Handler
from src.jobs.work import Work
from src.previews import bounds
from src.schemas.job import Json
from src.schemas.preview import PreviewContent, PreviewRequest
from src.services.preview import PREVIEW, Previews
from src.services.stored_file import Stored

MODULE = "src.previews.child"
DELETED = JobError("deleted", "The file was deleted meanwhile.")
_CONTENT: TypeAdapter[dict[str, Any]] = TypeAdapter(PreviewContent)


async def preview(work: Work[PreviewRequest]) -> None:
    file_id, options = work.payload.file_id, work.payload.options
    try:
        async with work.database.reading(current=True) as session:
            previews = Previews(session, work.owner_id)
            source = await previews.source(file_id)
            content = await previews.known(source.md5, options)
        if content is None:
            content = await _computed(work, source)
        async with work.database.writing() as session:
            await work.hold(session)
            await Previews(session, work.owner_id).keep(file_id, options, content)
            await work.succeed(session)
    except (NotFoundError, GoneError):
        raise DELETED from None


async def _computed(work: Work[PreviewRequest], source: Stored) -> Json:
    store = store_of(work.settings_of(FilesSettings).files_url)
    async with (
        local(store, source.md5, source.size_bytes) as path,
        private_folder() as folder,
    ):
        return await _run(work, path, folder)


async def _run(work: Work[PreviewRequest], path: Path, folder: Path) -> Json:
    options = work.payload.options.model_dump()
    request = {"path": str(path), "folder": str(folder), "options": options}
    try:
        async with asyncio.timeout(bounds.SECONDS):
            found = await run_in_child(work, MODULE, request, memory_bytes=bounds.MEMORY_BYTES)
    except TimeoutError:
        msg = f"Reading the file takes longer than {bounds.SECONDS} s."
        raise JobError("time", msg) from None
    return _CONTENT.validate_python(found)


handler = Handler(PREVIEW, preview)
