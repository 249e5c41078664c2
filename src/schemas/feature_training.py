from datetime import timedelta

from src.schemas.base import Payload
from src.schemas.job import Kind
from src.schemas.preprocessing import ColumnName
from src.schemas.training import TrainingCreate
from src.schemas.training_job import TrainTask
from src.schemas.version_features import ChosenViews, VersionView

FEATURE_TRAINING_BYTES = 65_536
"""Most bytes of a request: it is kept with its job."""


class FeatureTrainingCreate(Payload):
    training: TrainingCreate
    """Its file has the labels: the target, the entity, the time, and perhaps more columns."""
    entity_column: ColumnName
    at_column: ColumnName
    """The time of each label: features are as they were known then."""
    views: ChosenViews


class FeatureTrainTask(TrainTask):
    """What the job is given."""

    entity_column: ColumnName
    at_column: ColumnName
    views: list[VersionView]


TRAIN_FEATURES = Kind(
    "train_features",
    FeatureTrainTask,
    timeout=timedelta(hours=2),
    packages=("duckdb", "skops", "sklearn"),
)
