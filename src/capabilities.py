"""Parts of the service besides its features. Delete a line and its import to leave one out."""

from src.api.access import access
from src.api.capability import Capability
from src.api.metrics import metrics

CAPABILITIES: tuple[Capability, ...] = (
    access,
    metrics,
)
