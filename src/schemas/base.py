from datetime import datetime
from uuid import UUID

from sqlmodel import SQLModel


class Payload(SQLModel):
    """A request body. Unknown fields are refused, so that a misspelt one cannot pass in silence."""

    model_config = {"extra": "forbid"}


class EntityResponse(SQLModel):
    # A response has every field, also those that a request may leave out.
    model_config = {"json_schema_serialization_defaults_required": True}

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class SecretResponse(EntityResponse):
    """Has something that is shown once, so that it is never kept for a repeated request."""
