"""Trainings with labels and features as of their times: their start, and what they leave."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import InvalidError
from src.files.digests import Digest
from src.models.file_origin import FileOrigin
from src.schemas.document import DocumentUpdate
from src.schemas.feature_training import TRAIN_FEATURES, FeatureTrainingCreate, FeatureTrainTask
from src.schemas.job import JobResponse
from src.schemas.stored_file import StoredFileCreate
from src.schemas.training_job import Trained, TrainResult
from src.services.document import DocumentService
from src.services.job_queue import enqueue
from src.services.preprocessing import PARQUET
from src.services.stored_file import StoredFileService
from src.services.training import TrainingService
from src.services.training_results import TrainingResults
from src.services.version_features import VersionFeatureService, names_of

SAME_COLUMN = "The target, the entity, the time and the features need different names."


class FeatureTrained(NamedTuple):
    """A model, and the training set that it was trained with; both are stored."""

    trained: Trained
    artefact: Digest
    data: Digest


class FeatureTrainingService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._features = VersionFeatureService(session, owner_id)

    async def start(self, experiment_id: UUID, data: FeatureTrainingCreate) -> JobResponse:
        """Prepare a training with the views as they are, and enqueue its job."""
        prepared = await TrainingService(self._session, self._owner_id).prepare(
            experiment_id, data.training
        )
        task = FeatureTrainTask(
            **prepared.model_dump(exclude={"training"}),
            training=data.training,
            entity_column=data.entity_column,
            at_column=data.at_column,
            views=await self._features.choose(data.views),
        )
        _check_names(task)
        return await enqueue(self._session, TRAIN_FEATURES, task, self._owner_id)

    async def keep(self, task: FeatureTrainTask, made: FeatureTrained, quota: int) -> TrainResult:
        """Keep what every training leaves, the training set, and the features of the version."""
        results = TrainingResults(self._session, self._owner_id, quota)
        result = await results.keep(task, made.trained, made.artefact)
        await self._features.record(result.model_version_id, task.views)
        await self._keep_data(task, made, quota)
        return result

    async def _keep_data(self, task: FeatureTrainTask, made: FeatureTrained, quota: int) -> None:
        """Store the training set as a file made from the labels, and name it in the session."""
        files = StoredFileService(self._session, self._owner_id)
        labels = await files.load(task.training.root.file_id)
        assert labels.sha256 is not None  # noqa: S101  # the request has looked
        new = StoredFileCreate(name="training set.parquet", media_type=PARQUET)
        size = {"rows": made.trained.rows, "columns": made.trained.columns}
        file = await files.create_stored(new, made.data, quota, **size)
        step = task.model_dump(mode="json", include={"entity_column", "at_column", "views"})
        origin = FileOrigin(
            file_id=file.id,
            derived_from=labels.id,
            sha256=labels.sha256,
            steps=[{"step": "features", **step}],
        )
        self._session.add(origin)
        named = {"file_id": str(file.id), "sha256": file.sha256}
        change = DocumentUpdate(body={"data": named, "request": {"file_id": str(file.id)}})
        await DocumentService(self._session, self._owner_id).update(task.document_id, change)


def _check_names(task: FeatureTrainTask) -> None:
    of_labels = [task.training.root.target_column, task.entity_column, task.at_column]
    names = [each.lower() for each in (*of_labels, *names_of(task.views))]
    if len({*names}) < len(names):
        raise InvalidError(SAME_COLUMN, fields=("views",))
