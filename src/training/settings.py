from typing import Annotated

from pydantic import Field

from src.core.settings import Settings


class TrainingSettings(Settings):
    training_memory: Annotated[int, Field(ge=1_000_000_000, le=10**13)] = 2_000_000_000
    """Bytes of memory that a training may take."""
    prediction_processes: Annotated[int, Field(ge=1, le=100)] = 1
    """Child processes for predictions, of each worker process of the service."""
    prediction_memory: Annotated[int, Field(ge=1_000_000_000, le=10**13)] = 1_000_000_000
    """Bytes of memory that each of them may take."""
