from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from src.schemas.job import Kind
from src.schemas.prediction import Feature
from src.schemas.training import TrainingCreate


class TrainTask(BaseModel):
    """What the job of a training is given."""

    experiment_id: UUID
    document_id: UUID
    """The session of the training."""
    training: TrainingCreate


class TrainResult(BaseModel):
    experiment_id: UUID
    document_id: UUID
    ml_model_id: UUID
    model_version_id: UUID
    file_id: UUID
    """The artefact of the version."""


TRAIN = Kind(
    "train", TrainTask, timeout=timedelta(hours=1), packages=("duckdb", "skops", "sklearn")
)


class Trained(BaseModel):
    """What the child process of a training tells about its model."""

    rows: int
    columns: int
    features: list[Feature]
    train_metrics: dict[str, float]
    test_metrics: dict[str, float]
    packages: dict[str, str]
    environment: dict[str, str]
    durations: dict[str, float]
    warnings: list[str]
