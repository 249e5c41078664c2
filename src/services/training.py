"""Starts trainings, and lets their experiments follow their jobs."""

from contextlib import suppress
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from src.core.errors import ConflictError, NotFoundError
from src.models.job import Job, JobStatus
from src.schemas.document import DocumentCreate, DocumentUpdate
from src.schemas.experiment import ExperimentUpdate
from src.schemas.job import JobResponse
from src.schemas.training import Training, TrainingCreate
from src.schemas.training_job import TRAIN, TrainTask
from src.services.document import DocumentService
from src.services.experiment import ExperimentService
from src.services.job_queue import enqueue
from src.services.stored_file import Stored, StoredFileService

AT_WORK = "The experiment is running: wait until it has ended, or cancel its job."


class TrainingService:
    def __init__(self, session: AsyncSession, owner_id: UUID) -> None:
        self._session = session
        self._owner_id = owner_id
        self._experiments = ExperimentService(session, owner_id)

    async def start(self, experiment_id: UUID, data: TrainingCreate) -> JobResponse:
        """Prepare a training, and enqueue its job."""
        task = await self.prepare(experiment_id, data)
        return await enqueue(self._session, TRAIN, task, self._owner_id)

    async def prepare(self, experiment_id: UUID, data: TrainingCreate) -> TrainTask:
        """Let the experiment run, and describe its session in a document.

        Raises `ConflictError` if the experiment cannot run.
        """
        training = data.root
        experiment = await self._experiments.load(experiment_id)
        if experiment.status == "running":
            raise ConflictError(AT_WORK)
        file = await StoredFileService(self._session, self._owner_id).stored(training.file_id)
        run = ExperimentUpdate(
            status="running",
            model_type=training.model_type,
            hyperparameters=training.hyperparameters.model_dump(),
        )
        await self._experiments.update(experiment_id, run)
        body = _session_of(experiment_id, training, file)
        document = await DocumentService(self._session, self._owner_id).create(
            DocumentCreate(project_id=experiment.project_id, body=body)
        )
        return TrainTask(experiment_id=experiment_id, document_id=document.id, training=data)


def _session_of(experiment_id: UUID, training: Training, file: Stored) -> dict[str, object]:
    return {
        "kind": "model_session",
        "framework": "scikit-learn",
        "hyperparameters": training.hyperparameters.model_dump(),
        "experiment_id": experiment_id,
        "data": {"file_id": training.file_id, "sha256": file.sha256},
        "request": training.model_dump(mode="json"),
    }


async def follow(session: AsyncSession, job_id: UUID, status: JobStatus) -> None:
    """End the experiment of a training that has failed or was cancelled, or let it run again.

    Of the payload it reads the ids only, which every release understands.
    """
    chosen = select(Job.owner_id, Job.payload).where(col(Job.id) == job_id)
    owner_id, payload = (await session.exec(chosen)).one()
    assert owner_id is not None  # noqa: S101  # nobody else starts a training
    experiments = ExperimentService(session, owner_id)
    experiment_id, document_id = (
        UUID(payload[f"{name}_id"]) for name in ("experiment", "document")
    )
    if status == "queued":
        await experiments.update(experiment_id, ExperimentUpdate(status="running"))
    else:
        await _end(experiments, experiment_id, status)
    change = {"status": "active" if status == "queued" else "failed"}
    with suppress(NotFoundError):  # its owner may have deleted it
        await DocumentService(session, owner_id).update(document_id, DocumentUpdate(body=change))


async def _end(experiments: ExperimentService, experiment_id: UUID, status: JobStatus) -> None:
    """End an experiment, unless its owner has ended or deleted it."""
    with suppress(NotFoundError):
        if (await experiments.load(experiment_id)).status == "running":
            ending = ExperimentUpdate.model_validate({"status": status})
            await experiments.update(experiment_id, ending)
