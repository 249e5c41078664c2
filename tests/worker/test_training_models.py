"""Each type of model has the same measures as a script by hand, to the last digit."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

from src.jobs.report import Report
from src.schemas.training import TRAININGS, task_of
from src.training.artefacts import read_model
from src.training.train import run
from tests.api import UNKNOWN_ID, Json

SEED, TEST = 7, 0.25
SCALED: Json = {"preprocessing": [{"step": "scale"}]}
CASES: list[tuple[str, Json, Json, BaseEstimator]] = [
    (
        "logistic_regression",
        {"C": 0.5, "max_iter": 300},
        SCALED,
        LogisticRegression(C=0.5, max_iter=300, random_state=SEED),
    ),
    (
        "decision_tree_classifier",
        {"max_depth": 3},
        {},
        DecisionTreeClassifier(max_depth=3, random_state=SEED),
    ),
    (
        "random_forest_classifier",
        {"n_estimators": 30, "criterion": "entropy"},
        {},
        RandomForestClassifier(30, criterion="entropy", random_state=SEED),
    ),
    (
        "gradient_boosting_classifier",
        {"max_iter": 25, "learning_rate": 0.2},
        {},
        HistGradientBoostingClassifier(
            max_iter=25, learning_rate=0.2, early_stopping=False, random_state=SEED
        ),
    ),
    (
        "k_neighbors_classifier",
        {"n_neighbors": 4, "p": 1, "weights": "distance"},
        SCALED,
        KNeighborsClassifier(4, p=1, weights="distance"),
    ),
    ("linear_regression", {}, {}, LinearRegression()),
    ("ridge", {"alpha": 2.5}, SCALED, Ridge(2.5, random_state=SEED)),
    ("lasso", {"alpha": 0.3}, SCALED, Lasso(0.3, random_state=SEED)),
    (
        "decision_tree_regressor",
        {"min_samples_leaf": 5},
        {},
        DecisionTreeRegressor(min_samples_leaf=5, random_state=SEED),
    ),
    (
        "random_forest_regressor",
        {"n_estimators": 30, "max_features": "sqrt"},
        {},
        RandomForestRegressor(30, max_features="sqrt", random_state=SEED),
    ),
    (
        "gradient_boosting_regressor",
        {"max_iter": 25, "l2_regularization": 0.1},
        {},
        HistGradientBoostingRegressor(
            max_iter=25, l2_regularization=0.1, early_stopping=False, random_state=SEED
        ),
    ),
    ("k_neighbors_regressor", {"n_neighbors": 7}, SCALED, KNeighborsRegressor(7)),
]


def of_classes(model: BaseEstimator, rows: Any, target: Any) -> Json:
    chances = model.predict_proba(rows)
    found = {
        "accuracy": accuracy_score(target, model.predict(rows)),
        "f1": f1_score(target, model.predict(rows), average="macro"),
        "log_loss": log_loss(target, chances),
    }
    two = len(model.classes_) == 2
    return found | ({"roc_auc": roc_auc_score(target, chances[:, 1])} if two else {})


def of_numbers(model: BaseEstimator, rows: Any, target: Any) -> Json:
    predicted = model.predict(rows)
    return {
        "r2": r2_score(target, predicted),
        "mae": mean_absolute_error(target, predicted),
        "rmse": root_mean_squared_error(target, predicted),
    }


DATA: Mapping[str, Sequence[Callable[[], Any]]] = {
    "classification": (load_breast_cancer, load_wine),
    "regression": (load_diabetes,),
}
"""Data sets that scikit-learn ships, with two classes, with three, and with numbers."""
ALL = [(*case, load) for case in CASES for load in DATA[task_of(case[0])]]


def dataset(load: Callable[[], Any]) -> tuple[Any, Any]:
    """Return rows and a target, whose classes are texts."""
    found = load()
    has_classes = "target_names" in found
    return found.data, found.target_names[found.target] if has_classes else found.target


def write(path: Path, rows: Any, target: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        written = csv.writer(file)
        written.writerow([*(f"c{n}" for n in range(rows.shape[1])), "y"])
        written.writerows(
            [*map(repr, row), value]
            for row, value in zip(rows.tolist(), target.tolist(), strict=True)
        )


def test_every_type_has_a_case() -> None:
    assert [name for name, *_ in CASES] == [*TRAININGS]


@pytest.mark.parametrize(("model_type", "parameters", "steps", "by_hand", "load"), ALL)
def test_training_is_that_of_a_script_by_hand(
    tmp_path: Path,
    model_type: str,
    parameters: Json,
    steps: Json,
    by_hand: BaseEstimator,
    load: Callable[[], Any],
) -> None:
    task, data, artefact = task_of(model_type), tmp_path / "data.csv", tmp_path / "model.skops"
    rows, target = dataset(load)
    write(data, rows, target)
    training = {
        "file_id": UNKNOWN_ID,
        "target_column": "y",
        "model_type": model_type,
        "test_size": TEST,
        "random_state": SEED,
        "hyperparameters": parameters,
    } | steps
    given = {"training": training, "data": str(data), "artefact": str(artefact)}

    with threadpool_limits(1):
        result = run(given, Report(lambda **_: None))
        model = make_pipeline(StandardScaler(), by_hand) if steps else by_hand
        seen, unseen, known, expected = train_test_split(
            rows,
            target,
            test_size=TEST,
            random_state=SEED,
            stratify=target if task == "classification" else None,
        )
        model.fit(seen, known)
        measured = of_classes if task == "classification" else of_numbers

        assert result["train_metrics"] == measured(model, seen, known)
        assert result["test_metrics"] == measured(model, unseen, expected)
        stored = read_model(artefact.read_bytes(), model_type)  # type: ignore[arg-type]  # one of them
        assert np.array_equal(stored.predict(rows), model.predict(rows))
