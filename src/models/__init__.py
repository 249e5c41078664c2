"""Importing any table imports all of them, so that every reference between them is known."""

from src.models.deployment import Deployment
from src.models.experiment import Experiment
from src.models.idempotency import IdempotentAnswer
from src.models.login_attempts import LoginAttempts
from src.models.ml_metric import MlMetric
from src.models.ml_model import MlModel
from src.models.model_alias import ModelAlias
from src.models.model_version import ModelVersion
from src.models.project import Project
from src.models.token import Token
from src.models.user import User

__all__ = [
    "Deployment",
    "Experiment",
    "IdempotentAnswer",
    "LoginAttempts",
    "MlMetric",
    "MlModel",
    "ModelAlias",
    "ModelVersion",
    "Project",
    "Token",
    "User",
]
