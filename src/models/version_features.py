"""The features that a version of a model was trained with."""

from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn


class VersionFeatures(SQLModel, table=True):
    __tablename__ = "version_features"
    __table_args__ = (
        ForeignKeyConstraint(
            ["model_version_id", "owner_id"],
            ["model_versions.id", "model_versions.owner_id"],
            ondelete="CASCADE",
        ),
    )

    model_version_id: UUID = Field(primary_key=True)
    owner_id: UUID
    sha256: str = Field(max_length=64)
    """Of `features.txt`, which has the name of each feature in a line."""


class VersionFeatureView(SQLModel, table=True):
    """One of the views, which cannot be deleted before the version."""

    __tablename__ = "version_feature_views"
    __table_args__ = (
        ForeignKeyConstraint(
            ["feature_view_id", "owner_id"], ["feature_views.id", "feature_views.owner_id"]
        ),
        Index(None, "feature_view_id"),
    )

    model_version_id: UUID = Field(
        foreign_key="version_features.model_version_id", ondelete="CASCADE", primary_key=True
    )
    position: int = Field(primary_key=True)
    owner_id: UUID
    feature_view_id: UUID
    view_version: int
    """The version that the view had."""
    features: list[str] = Field(sa_type=JsonColumn)
    """Their names, in the order in which the model takes them."""
