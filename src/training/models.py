"""The types of models as estimators. Only child processes import this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from src.schemas.training import ModelType, Training

_TREE = ("sklearn.tree._tree.Tree",)
_BOOSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
_NEIGHBORS = (
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.neighbors._kd_tree.KDTree",
)


@dataclass(frozen=True)
class Model:
    """What a type of model stands for."""

    estimator: type[BaseEstimator]
    takes_seed: bool = False
    takes_missing: bool = False
    grows_by: str | None = None
    """The hyperparameter that grows step by step, with the same result as all at once."""
    trusted: tuple[str, ...] = ()
    """The types in an artefact that skops does not trust by itself."""
    fixed: Mapping[str, object] = field(default_factory=dict)
    """Parameters that nobody chooses."""


def _tree(estimator: type[BaseEstimator], grows_by: str | None = None) -> Model:
    return Model(estimator, takes_seed=True, takes_missing=True, grows_by=grows_by, trusted=_TREE)


def _boosted(estimator: type[BaseEstimator]) -> Model:
    """Leave early stopping out, or the number of rows would decide how a model is trained."""
    fixed = {"early_stopping": False}
    return Model(estimator, True, True, grows_by="max_iter", trusted=_BOOSTED, fixed=fixed)


MODELS: Mapping[ModelType, Model] = MappingProxyType(
    {
        "logistic_regression": Model(LogisticRegression, takes_seed=True),
        "decision_tree_classifier": _tree(DecisionTreeClassifier),
        "random_forest_classifier": _tree(RandomForestClassifier, "n_estimators"),
        "gradient_boosting_classifier": _boosted(HistGradientBoostingClassifier),
        "k_neighbors_classifier": Model(KNeighborsClassifier, trusted=_NEIGHBORS),
        "linear_regression": Model(LinearRegression),
        "ridge": Model(Ridge, takes_seed=True),
        "lasso": Model(Lasso, takes_seed=True),
        "decision_tree_regressor": _tree(DecisionTreeRegressor),
        "random_forest_regressor": _tree(RandomForestRegressor, "n_estimators"),
        "gradient_boosting_regressor": _boosted(HistGradientBoostingRegressor),
        "k_neighbors_regressor": Model(KNeighborsRegressor, trusted=_NEIGHBORS),
    }
)


def estimator_of(training: Training) -> BaseEstimator:
    """Return the estimator of a training, not fitted yet."""
    model = MODELS[training.model_type]
    seed = {"random_state": training.random_state} if model.takes_seed else {}
    return model.estimator(**training.hyperparameters.model_dump(), **seed, **model.fixed)
