from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails
from sqlmodel import SQLModel

from src.models.json_objects import UNKNOWN_FIELDS

ERRORS = 1_000
"""Most errors of a body that are told apart: each takes the event loop tens of microseconds."""


def message_of(error: ErrorDetails) -> str:
    """Return what is wrong with a value, and nothing of it: the parser of UUIDs quotes a character."""
    if error["type"] == "uuid_parsing":
        return "must be a UUID"
    return error["msg"].removeprefix("Value error, ")


class Payload(SQLModel):
    """A request body. Unknown fields are refused, so that a misspelt one is not ignored."""

    model_config = {"extra": "forbid"}

    @model_validator(mode="wrap")
    @classmethod
    def _with_few_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        most = len(cls.model_fields) + UNKNOWN_FIELDS
        if isinstance(data, dict) and len(data) > most:
            msg = f"must have at most {len(cls.model_fields)} fields"
            raise ValueError(msg)
        try:
            return handler(data)
        except ValidationError as error:
            if error.error_count() <= ERRORS:
                raise
            msg = f"has more than {ERRORS} errors"
            raise ValueError(msg) from None


class EntityResponse(SQLModel):
    # A response has every field, even those that a request may omit.
    model_config = {"json_schema_serialization_defaults_required": True}

    collection: ClassVar[str | None] = None
    """The path of all of them, if others than that path answer with new ones."""
    cleared: ClassVar[tuple[str, ...]] = ()
    """References that the database clears with the row they lead to, which makes no new version."""

    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime


class SecretResponse(EntityResponse):
    """A response with a secret that is shown once, and that is therefore not stored for retries."""
