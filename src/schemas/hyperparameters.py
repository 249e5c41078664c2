"""Hyperparameters of each type of model, with the names and defaults of scikit-learn.

Their bounds are what keeps a training small: a forest of a billion trees is a valid one.
"""

from typing import Annotated, Literal

from pydantic import Field

from src.models.json_objects import JsonModel
from src.models.types import Bool, Float, SafeInt

TREES = 1_000
"""Most trees of a forest, and rounds of boosting."""
ITERATIONS = 10_000
DEPTH = 100

Trees = Annotated[SafeInt, Field(ge=1, le=TREES)]
Iterations = Annotated[SafeInt, Field(ge=1, le=ITERATIONS)]
Depth = Annotated[SafeInt, Field(ge=1, le=DEPTH)]
Leaves = Annotated[SafeInt, Field(ge=2, le=1_000)]
Splitting = Annotated[SafeInt, Field(ge=2, le=1_000_000)]
Samples = Annotated[SafeInt, Field(ge=1, le=1_000_000)]
Positive = Annotated[Float, Field(gt=0, le=1_000_000)]
NotNegative = Annotated[Float, Field(ge=0, le=1_000_000)]
Rate = Annotated[Float, Field(gt=0, le=1)]
Impurity = Literal["gini", "entropy", "log_loss"]
Balance = Literal["balanced"]
Features = Literal["sqrt", "log2"]


class LogisticRegressionParameters(JsonModel):
    C: Positive = 1.0
    fit_intercept: Bool = True
    class_weight: Balance | None = None
    max_iter: Iterations = 100


class LinearRegressionParameters(JsonModel):
    fit_intercept: Bool = True
    positive: Bool = False


class RidgeParameters(JsonModel):
    alpha: NotNegative = 1.0
    fit_intercept: Bool = True


class LassoParameters(JsonModel):
    alpha: Positive = 1.0
    fit_intercept: Bool = True
    max_iter: Iterations = 1_000


class _Tree(JsonModel):
    max_depth: Depth | None = None
    min_samples_split: Splitting = 2
    min_samples_leaf: Samples = 1


class DecisionTreeClassifierParameters(_Tree):
    criterion: Impurity = "gini"
    class_weight: Balance | None = None


class DecisionTreeRegressorParameters(_Tree):
    pass


class RandomForestClassifierParameters(_Tree):
    n_estimators: Trees = 100
    criterion: Impurity = "gini"
    max_features: Features | None = "sqrt"
    class_weight: Balance | None = None


class RandomForestRegressorParameters(_Tree):
    n_estimators: Trees = 100
    max_features: Features | None = None


class GradientBoostingParameters(JsonModel):
    """Of histograms, for classes and for numbers."""

    max_iter: Trees = 100
    learning_rate: Rate = 0.1
    max_leaf_nodes: Leaves | None = 31
    max_depth: Depth | None = None
    min_samples_leaf: Samples = 20
    l2_regularization: NotNegative = 0.0


class KNeighborsParameters(JsonModel):
    n_neighbors: Annotated[SafeInt, Field(ge=1, le=1_000)] = 5
    weights: Literal["uniform", "distance"] = "uniform"
    p: Literal[1, 2] = 2
    """1 for the Manhattan distance, 2 for the Euclidean one."""
