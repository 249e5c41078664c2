from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn


class TrainedModel(SQLModel, table=True):
    """What is needed to predict with a version that a training has made. It is not a resource."""

    __tablename__ = "trained_models"
    __table_args__ = (
        ForeignKeyConstraint(
            ["model_version_id", "owner_id"],
            ["model_versions.id", "model_versions.owner_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["file_id", "owner_id"], ["files.id", "files.owner_id"]),
        Index(None, "file_id"),
    )

    model_version_id: UUID = Field(primary_key=True)
    owner_id: UUID
    file_id: UUID
    """The artefact, which cannot be deleted before the version."""
    model_type: str = Field(max_length=60)
    target_column: str = Field(max_length=100)
    features: list[dict[str, Any]] = Field(sa_type=JsonColumn)
    """The names and types of the columns that it takes, in their order."""
