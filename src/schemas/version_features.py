from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import BaseModel, Field

from src.models.feature_view import FEATURES, FeatureName, FeatureType
from src.models.json_objects import JsonModel
from src.schemas.base import Payload

VIEWS = 10
"""Most views of a version."""


class ChosenView(JsonModel):
    feature_view_id: UUID
    features: Annotated[list[FeatureName], Field(min_length=1, max_length=FEATURES)] | None = None
    """Their names, in the order in which the model takes them; null for all, by name."""


ChosenViews = Annotated[list[ChosenView], Field(min_length=1, max_length=VIEWS)]


class VersionFeaturesCreate(Payload):
    views: ChosenViews
    """No two of their features have the same name."""


class VersionView(BaseModel):
    feature_view_id: UUID
    view_version: int
    """The version that the view had."""
    features: list[str]


class VersionFeaturesResponse(BaseModel):
    sha256: str
    """Of `features.txt`, which has the name of each feature in a line."""
    views: list[VersionView]


class VersionRow(TypedDict):
    entity: str
    values: dict[str, Any]
    """By name, in the order in which the model takes them."""


class VersionRows(BaseModel):
    """A row for each entity of the request, in its order."""

    sha256: str
    rows: list[VersionRow]


class ViewColumns(BaseModel):
    """What a join with the history of a view needs to know."""

    feature_view_id: UUID
    ttl_seconds: int | None
    types: dict[str, FeatureType]
    """By the name of the feature, in the order of the columns."""
