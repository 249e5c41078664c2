from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from src.core.errors import NotFoundError
from src.files.local import local, private_folder
from src.files.settings import FilesSettings
from src.files.store import Store
from src.files.stores import store_of
from src.jobs.child import run_in_child
from src.jobs.errors import JobError
from src.jobs.handlers import Handler
from src.jobs.work import Work
from src.schemas.training_job import TRAIN, Trained, TrainTask
from src.services.stored_file import StoredFileService
from src.services.stored_file_contents import keep_content
from src.services.training import follow
from src.services.training_results import DATA_GONE, TrainingResults
from src.training.recording import recording
from src.training.settings import TrainingSettings

MODULE = "src.training.train"
"""Runs in a child process, which alone imports scikit-learn."""


async def train(work: Work[TrainTask]) -> None:
    settings = work.settings_of(FilesSettings)
    store = store_of(settings.files_url)
    async with private_folder() as folder:
        artefact = folder / "model.skops"
        async with data_of(work, store) as data:
            trained = await trained_with(work, data, artefact)
        digest = await keep_content(work.database, store, artefact)
    async with work.database.writing() as session:
        await work.hold(session)
        results = TrainingResults(session, work.owner_id, settings.file_quota)
        await work.succeed(session, await results.keep(work.payload, trained, digest))


async def trained_with[Task: TrainTask](work: Work[Task], data: Path, artefact: Path) -> Trained:
    """Train with data in a child process, which writes the model to a path."""
    memory = work.settings_of(TrainingSettings).training_memory
    task = work.payload
    training = task.training.model_dump(mode="json")
    async with recording(work, task.experiment_id) as recorder:
        request = {"training": training, "data": str(data), "artefact": str(artefact)}
        told = await run_in_child(work, MODULE, request, memory_bytes=memory, hear=recorder.hear)
    return Trained.model_validate(told)


@asynccontextmanager
async def data_of[Task: TrainTask](work: Work[Task], store: Store) -> AsyncIterator[Path]:
    """Yield the path of the data file. Raises `JobError` if that was deleted."""
    try:
        async with work.database.reading(current=True) as session:
            files = StoredFileService(session, work.owner_id)
            file = await files.stored(work.payload.training.root.file_id)
    except NotFoundError:
        raise JobError("not_found", DATA_GONE) from None
    async with local(store, file.md5, file.size_bytes) as path:
        yield path


handler = Handler(TRAIN, train, follow=follow)
