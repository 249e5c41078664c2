from pydantic import SecretStr

from src.core.settings import Settings


class IngestionSettings(Settings):
    ingestion_token: SecretStr | None = None
    """The token, with the scope `write`, of the owner of what `python -m src.ingestion` writes."""
