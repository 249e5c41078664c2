"""The feature store capability: features of entities over time, for training and for serving."""

from src.api.capability import Capability
from src.api.routes import (
    feature_trainings,
    feature_values,
    feature_views,
    version_features,
)

feature_store = Capability(
    name="feature_store",
    routers=[
        feature_views.router,
        feature_values.router,
        feature_values.searches,
        version_features.router,
        version_features.searches,
        feature_trainings.router,
    ],
)
