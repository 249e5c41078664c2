"""Parts of the service besides its features. Delete a line and its import to leave one out."""

from src.api.access import access
from src.api.capability import Capability, settings_with
from src.api.feature_store import feature_store
from src.api.files import files
from src.api.ingestion import ingestion
from src.api.jobs import jobs
from src.api.metrics import metrics
from src.api.mlflow import mlflow
from src.api.previews import previews
from src.api.tracing import tracing
from src.api.training import training
from src.core.safety import refuse_hazards
from src.core.settings import Settings, read_settings

CAPABILITIES: tuple[Capability, ...] = (
    access,
    feature_store,
    files,
    ingestion,
    jobs,
    metrics,
    mlflow,
    previews,
    tracing,
    training,
)


def safe_settings() -> Settings:
    """Return the settings, for a command. Raises ``SystemExit`` if the service would not start."""
    settings = read_settings(settings_with(CAPABILITIES))
    refuse_hazards(settings)
    return settings
