"""Trainings with features: a training set is made first, and kept with what every training leaves."""

import json
from collections.abc import Sequence
from pathlib import Path

from src.feature_store.history import write_history
from src.files.local import private_folder
from src.files.settings import FilesSettings
from src.files.store import Store
from src.files.stores import store_of
from src.files.threads import in_thread
from src.jobs.child import run_in_child
from src.jobs.handlers import Handler
from src.jobs.kinds.train import data_of, trained_with
from src.jobs.work import Work
from src.schemas.feature_training import TRAIN_FEATURES, FeatureTrainTask
from src.schemas.job import Json
from src.schemas.version_features import ViewColumns
from src.services.feature_history import FeatureHistory
from src.services.feature_training import FeatureTrained, FeatureTrainingService
from src.services.stored_file_contents import keep_content
from src.services.training import follow
from src.training.settings import TrainingSettings

ENTITIES, TRAINING_SET = "src.feature_store.entities", "src.feature_store.training_set"
"""Run in child processes, which alone import DuckDB."""


async def train_features(work: Work[FeatureTrainTask]) -> None:
    settings = work.settings_of(FilesSettings)
    store = store_of(settings.files_url)
    async with private_folder() as folder:
        data, artefact = folder / "training.parquet", folder / "model.skops"
        await _write_training_set(work, store, data)
        trained = await trained_with(work, data, artefact)
        contents = [await keep_content(work.database, store, each) for each in (artefact, data)]
    async with work.database.writing() as session:
        await work.hold(session)
        service = FeatureTrainingService(session, work.owner_id)
        made = FeatureTrained(trained, *contents)
        await work.succeed(session, await service.keep(work.payload, made, settings.file_quota))


async def _write_training_set(work: Work[FeatureTrainTask], store: Store, target: Path) -> None:
    """Join the labels with the features as of their times. Raises `ConflictError` for a view that
    has changed since the request.
    """
    keys = work.payload.model_dump(include={"entity_column", "at_column"})
    async with data_of(work, store) as labels:
        given = keys | {"labels": str(labels), "target": str(target)}
        found = Path((await _run(work, ENTITIES, given))["entities"])
        entities = json.loads(await in_thread(found.read_text, "utf-8"))
        views, histories = await _history(work, entities, target.parent)
        described = [each.model_dump(mode="json") for each in views]
        paths = [str(each) for each in histories]
        await _run(work, TRAINING_SET, given | {"views": described, "histories": paths})


async def _history(
    work: Work[FeatureTrainTask], entities: Sequence[str], folder: Path
) -> tuple[list[ViewColumns], list[Path]]:
    async with work.database.reading(current=True) as session:
        history = FeatureHistory(session, work.owner_id)
        views = [await history.columns(each) for each in work.payload.views]
        return views, await write_history(session, work.owner_id, views, entities, folder)


async def _run(work: Work[FeatureTrainTask], module: str, request: Json) -> Json:
    memory = work.settings_of(TrainingSettings).training_memory
    return await run_in_child(work, module, request, memory_bytes=memory)


handler = Handler(TRAIN_FEATURES, train_features, follow=follow)
