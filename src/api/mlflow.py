"""The mlflow capability: MLflow's own client logs into this service's tables."""

from src.api.capability import Capability
from src.api.routes import (
    mlflow_artifacts,
    mlflow_experiments,
    mlflow_logged,
    mlflow_models,
    mlflow_others,
    mlflow_runs,
    mlflow_versions,
)

mlflow = Capability(
    name="mlflow",
    outside=[
        mlflow_experiments.router,
        mlflow_experiments.searches,
        mlflow_runs.router,
        mlflow_runs.searches,
        mlflow_artifacts.router,
        mlflow_logged.router,
        mlflow_logged.searches,
        mlflow_models.router,
        mlflow_models.searches,
        mlflow_versions.router,
        mlflow_others.router,
    ],
)
