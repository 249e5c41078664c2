"""The column that is predicted. Only child processes import this."""

import numpy as np
from numpy.typing import NDArray

from src.jobs.errors import JobError
from src.schemas.training import Task
from src.training.bounds import CLASSES
from src.training.tables import Column, is_missing, type_of

EXACT = 2.0**53
"""Beyond it, numbers with a point have no room for each whole number."""

type Target = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.str_]


def target_of(task: Task, name: str, column: Column) -> Target:
    """Return what an estimator learns. Raises `JobError` if the column does not fit the task."""
    is_number = type_of(column) == "number"
    if missing := int(is_missing(column).sum()):
        raise JobError("target", f"The column {name} has no value in {missing} rows.")
    if is_number and not np.isfinite(column).all():
        raise JobError("target", f"The column {name} has infinite values.")
    if task == "regression":
        if not is_number:
            reason = f"The column {name} has texts: a model of numbers cannot predict it."
            raise JobError("target", reason)
        return column
    return _classes(name, column.astype(str) if not is_number else _whole(name, column))


def _whole(name: str, column: Column) -> NDArray[np.int64]:
    if (column != np.round(column)).any() or (np.abs(column) > EXACT).any():
        reason = f"The column {name} has numbers that are not whole: a classifier needs classes."
        raise JobError("target", reason)
    whole: NDArray[np.int64] = column.astype(np.int64)
    return whole


def _classes(name: str, target: Target) -> Target:
    classes, counts = np.unique(target, return_counts=True)
    if len(classes) == 1:
        reason = f"The column {name} has one value only: there is nothing to tell apart."
        raise JobError("target", reason)
    if len(classes) > CLASSES:
        reason = (
            f"The column {name} has {len(classes)} values; at most {CLASSES} can be told apart."
        )
        raise JobError("target", reason)
    if counts.min() == 1:
        reason = f"Each value of {name} needs two rows, to train and to test with."
        raise JobError("target", reason)
    return target
