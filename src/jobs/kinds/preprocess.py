"""New files made from data files, in a child process."""

from pathlib import Path

from src.core.errors import NotFoundError
from src.files.errors import GoneError
from src.files.local import local, private_folder
from src.files.settings import FilesSettings
from src.files.stores import store_of
from src.jobs.child import run_in_child
from src.jobs.errors import JobError
from src.jobs.handlers import Handler
from src.jobs.work import Work
from src.schemas.preprocessing_job import PREPROCESS, Prepared, PreprocessTask
from src.services.preprocessing import Made, PreprocessingService
from src.services.stored_file import StoredFileService
from src.services.stored_file_contents import keep_content
from src.training.settings import TrainingSettings

MODULE = "src.training.preprocess"
"""Runs in a child process, which alone imports scikit-learn."""
DELETED = JobError("not_found", "The file was deleted meanwhile.")


async def preprocess(work: Work[PreprocessTask]) -> None:
    try:
        async with private_folder() as folder:
            made = await _made(work, folder)
        quota = work.settings_of(FilesSettings).file_quota
        async with work.database.writing() as session:
            await work.hold(session)
            service = PreprocessingService(session, work.owner_id)
            await work.succeed(session, await service.keep(work.payload, made, quota))
    except (NotFoundError, GoneError):
        raise DELETED from None


async def _made(work: Work[PreprocessTask], folder: Path) -> list[Made]:
    """Let the child write new files, and store their contents."""
    store = store_of(work.settings_of(FilesSettings).files_url)
    async with work.database.reading(current=True) as session:
        file = await StoredFileService(session, work.owner_id).stored(work.payload.file_id)
    async with local(store, file.md5, file.size_bytes) as path:
        prepared = await _prepared(work, path, folder)
    return [
        Made(part, await keep_content(work.database, store, folder / str(number)))
        for number, part in enumerate(prepared.parts)
    ]


async def _prepared(work: Work[PreprocessTask], path: Path, folder: Path) -> Prepared:
    memory = work.settings_of(TrainingSettings).training_memory
    steps = work.payload.model_dump(mode="json")["steps"]
    request = {"path": str(path), "folder": str(folder), "steps": steps}
    told = await run_in_child(work, MODULE, request, memory_bytes=memory)
    return Prepared.model_validate(told)


handler = Handler(PREPROCESS, preprocess)
