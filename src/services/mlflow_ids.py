"""Ids, times and addresses as MLflow writes them."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from src.core.errors import NotFoundError

SCHEME = "mlflow-artifacts:/"
OWN = "mlflow."
"""The beginning of the names of tags that MLflow itself sets."""
MODEL = "m-"
_HEX = re.compile("[0-9a-f]{32}")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def uuid_of(text: str, missing: type[NotFoundError]) -> UUID:
    """Return the id that a text stands for. Raises ``missing`` if it can be none."""
    found = possible_uuid(text)
    if found is None:
        raise missing
    return found


def possible_uuid(text: str) -> UUID | None:
    return UUID(hex=text) if _HEX.fullmatch(text) else None


def model_uuid_of(text: str, missing: type[NotFoundError]) -> UUID:
    return uuid_of(text.removeprefix(MODEL), missing)


def model_id_of(model_id: UUID) -> str:
    return f"{MODEL}{model_id.hex}"


def milliseconds(time: datetime) -> int:
    return (time - _START) // _MILLISECOND


def time_of(moment: int) -> datetime:
    return _START + moment * _MILLISECOND


def experiment_uri(project_id: UUID) -> str:
    return f"{SCHEME}{project_id.hex}"


def run_uri(project_id: UUID, run_id: UUID) -> str:
    return f"{experiment_uri(project_id)}/{run_id.hex}/artifacts"


def model_uri(project_id: UUID, model_id: UUID) -> str:
    return f"{experiment_uri(project_id)}/models/{model_id_of(model_id)}/artifacts"
