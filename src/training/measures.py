"""How good a model is, in the numbers of scikit-learn. Only child processes import this."""

import math

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from src.schemas.training import Task
from src.training.steps import Matrix
from src.training.targets import Target

type Measures = dict[str, float]


def measured(task: Task, estimator: BaseEstimator, rows: Matrix, target: Target) -> Measures:
    """Return the measures that are numbers: with one row, for instance, there is no r2."""
    predicted = estimator.predict(rows)
    if task == "classification":
        found = _of_classes(estimator, rows, target, predicted)
    else:
        found = {
            "r2": r2_score(target, predicted),
            "mae": mean_absolute_error(target, predicted),
            "rmse": root_mean_squared_error(target, predicted),
        }
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}


def _of_classes(
    estimator: BaseEstimator, rows: Matrix, target: Target, predicted: Target
) -> Measures:
    chances: NDArray[np.float64] = estimator.predict_proba(rows)
    classes = estimator.classes_
    found = {
        "accuracy": accuracy_score(target, predicted),
        "f1": f1_score(target, predicted, average="macro"),
        "log_loss": log_loss(target, chances, labels=classes),
    }
    if len(classes) == 2:
        found["roc_auc"] = roc_auc_score(target, chances[:, 1])
    return found
