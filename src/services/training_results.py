"""What a training leaves, all in the transaction that ends its job."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, NotFoundError
from src.core.queries import Query
from src.core.upsert import upsert
from src.files.digests import Digest
from src.models.ml_model import MlModel
from src.models.trained_model import TrainedModel
from src.schemas.document import DocumentUpdate
from src.schemas.experiment import ExperimentUpdate
from src.schemas.model_version import ModelVersionCreate, ModelVersionResponse
from src.schemas.stored_file import StoredFileCreate, StoredFileResponse
from src.schemas.training import Training, task_of
from src.schemas.training_job import Trained, TrainResult, TrainTask
from src.services.document import DocumentService
from src.services.experiment import ExperimentService
from src.services.model_version import ModelVersionService
from src.services.stored_file import StoredFileService

DATA_GONE = "The data file was deleted before the training had ended."

_is_named = [
    col(getattr(MlModel, name)) == bindparam(name) for name in ("owner_id", "project_id", "name")
]
_FIND = Query(select(col(MlModel.id)).where(*_is_named))
_MAKE = Query(
    upsert(MlModel)
    .values({name: bindparam(name) for name in MlModel.model_fields})
    .on_conflict_do_nothing(index_elements=["owner_id", "project_id", "name"])
    .returning(col(MlModel.id))
)

_OF_THE_SESSION = {
    *("packages", "environment", "durations", "train_metrics", "test_metrics", "warnings"),
}


class TrainingResults:
    def __init__(self, session: AsyncSession, owner_id: UUID, quota: int) -> None:
        self._session = session
        self._owner_id = owner_id
        self._quota = quota
        self._files = StoredFileService(session, owner_id)
        self._experiments = ExperimentService(session, owner_id)

    async def keep(self, task: TrainTask, trained: Trained, artefact: Digest) -> TrainResult:
        """Complete the experiment and its session with a version, whose artefact is stored.

        Raises `ConflictError` if the experiment has ended meanwhile, or its data are gone.
        """
        experiment = await self._experiments.load(task.experiment_id)
        training = task.training.root
        await self._check_data(training.file_id)
        file = await self._file(training, artefact)
        name = training.register_as or experiment.name
        ml_model_id = await self._ml_model(experiment.project_id, name, training)
        version = await self._version(task, trained, ml_model_id, file)
        await self._finish(task, trained, version)
        completed = ExperimentUpdate(status="completed")
        await self._experiments.update(task.experiment_id, completed)
        return TrainResult(
            experiment_id=task.experiment_id,
            document_id=task.document_id,
            ml_model_id=ml_model_id,
            model_version_id=version.id,
            file_id=file.id,
        )

    async def _check_data(self, file_id: UUID) -> None:
        try:
            await self._files.load(file_id)
        except NotFoundError:
            raise ConflictError(DATA_GONE) from None

    async def _file(self, training: Training, artefact: Digest) -> StoredFileResponse:
        new = StoredFileCreate(name=f"{training.model_type}.skops", media_type="application/zip")
        return await self._files.create_stored(new, artefact, self._quota)

    async def _ml_model(self, project_id: UUID, name: str, training: Training) -> UUID:
        """Return the model of this name, made if the project has none."""
        new = MlModel(
            owner_id=self._owner_id,
            project_id=project_id,
            name=name,
            task=task_of(training.model_type),
            framework="scikit-learn",
        ).model_dump()
        named = {"owner_id": self._owner_id, "project_id": project_id, "name": name}
        rows = await _MAKE.rows(self._session, **new) or await _FIND.rows(self._session, **named)
        if not rows:  # deleted since
            return await self._ml_model(project_id, name, training)
        ml_model_id: UUID = rows[0][0]
        return ml_model_id

    async def _version(
        self, task: TrainTask, trained: Trained, ml_model_id: UUID, file: StoredFileResponse
    ) -> ModelVersionResponse:
        assert file.size_bytes is not None  # noqa: S101  # it is stored
        training = task.training.root
        new = ModelVersionCreate(
            ml_model_id=ml_model_id,
            experiment_id=task.experiment_id,
            storage_uri=f"files://{file.id}",
            checksum=f"sha256:{file.sha256}",
            size_bytes=file.size_bytes,
            train_metrics=trained.train_metrics,
            test_metrics=trained.test_metrics,
            hyperparameters=training.hyperparameters.model_dump(),
        )
        version = await ModelVersionService(self._session, self._owner_id).create(new)
        self._session.add(
            TrainedModel(
                model_version_id=version.id,
                owner_id=self._owner_id,
                file_id=file.id,
                model_type=training.model_type,
                target_column=training.target_column,
                features=[each.model_dump() for each in trained.features],
            )
        )
        return version

    async def _finish(
        self, task: TrainTask, trained: Trained, version: ModelVersionResponse
    ) -> None:
        """Complete the session's document."""
        told = trained.model_dump(include=_OF_THE_SESSION)
        size = {"rows": trained.rows, "columns": trained.columns}
        named = {"status": "finished", "model_version_id": str(version.id), "data": size}
        checkpoint = {"checkpoints": [{"uri": version.storage_uri}]}
        change = DocumentUpdate(body=told | named | checkpoint)
        await DocumentService(self._session, self._owner_id).update(task.document_id, change)
