from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints
from pydantic import Field as Rule
from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from src.models.json_objects import JsonColumn
from src.models.json_types import AsWhole
from src.models.owned import Owned
from src.models.storable import storable
from src.models.types import Int32, NonBlank, Trimmed

FEATURES = 100
"""Most features of a view."""

FeatureViewName = Annotated[NonBlank, Field(min_length=1, max_length=100), Trimmed]
FeatureName = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]{0,99}$")]
FeatureType = Literal["bool", "float", "int", "text"]
Features = Annotated[
    dict[FeatureName, FeatureType],
    # The document would otherwise allow all other names.
    Rule(min_length=1, max_length=FEATURES, json_schema_extra={"additionalProperties": False}),
    AsWhole(
        FEATURES,
        f"must have 1 to {FEATURES} names of small letters, digits and _, each with bool, float, int or "
        "text",
    ),
    AfterValidator(storable),
]
TtlSeconds = Annotated[Int32 | None, Rule(ge=1)]


class FeatureViewBase(SQLModel):
    name: FeatureViewName
    entity: FeatureViewName
    """What the features describe, such as `customer`."""
    features: Features = Field(sa_type=JsonColumn)
    """The type of each feature, by its name. A value may be null, whatever the type."""
    ttl_seconds: TtlSeconds = None
    """The age at which values are too old to be read; null for none."""


class FeatureView(FeatureViewBase, Owned, table=True):
    __tablename__ = "feature_views"
    __table_args__ = (UniqueConstraint("owner_id", "id"), UniqueConstraint("owner_id", "name"))
