from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel


class Payload(SQLModel):
    """A request body. Unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = {"extra": "forbid"}


class EntityResponse(SQLModel):
    # A response has every field, even those that a request may omit.
    model_config = {"json_schema_serialization_defaults_required": True}

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class SecretResponse(EntityResponse):
    """A response with a secret that is shown once, and that is therefore not stored for retries."""
