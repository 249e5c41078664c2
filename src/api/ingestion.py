"""The ingestion capability: streams become rows. The API shows what could not be written."""

from src.api.capability import Capability
from src.api.routes import dead_letters
from src.ingestion.settings import IngestionSettings

ingestion = Capability(name="ingestion", settings=IngestionSettings, routers=[dead_letters.router])
