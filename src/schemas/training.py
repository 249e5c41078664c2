"""What a training is given: common fields, and hyperparameters for each type of model."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field, RootModel

from src.models.json_objects import JsonModel, Tagged
from src.models.ml_model import MlModelName
from src.schemas import hyperparameters as of
from src.schemas.preprocessing import ColumnName, ColumnSteps, Seed, TestSize

TRAINING_BYTES = 32_768
"""Most bytes of a request: it is kept with its job and in the document of its session."""

type Task = Literal["classification", "regression"]
Classifier = Literal[
    "logistic_regression",
    "decision_tree_classifier",
    "random_forest_classifier",
    "gradient_boosting_classifier",
    "k_neighbors_classifier",
]
Regressor = Literal[
    "linear_regression",
    "ridge",
    "lasso",
    "decision_tree_regressor",
    "random_forest_regressor",
    "gradient_boosting_regressor",
    "k_neighbors_regressor",
]
ModelType = Classifier | Regressor


class Training(JsonModel):
    """The fields of every training. Those of a type of model stand in the classes below."""

    file_id: UUID
    """The data, as CSV, JSON Lines or Parquet."""
    target_column: ColumnName
    """The column that is predicted from the others."""
    model_type: ModelType
    test_size: TestSize = 0.2
    random_state: Seed = 0
    preprocessing: ColumnSteps = Field(default=[])
    """Steps for the columns besides the target. They learn from the training part only."""
    hyperparameters: JsonModel
    register_as: MlModelName | None = None
    """The model of the project that gets the version; it is made if there is none. Null for the
    name of the experiment.
    """


class LogisticRegressionTraining(Training):
    model_type: Literal["logistic_regression"]
    hyperparameters: of.LogisticRegressionParameters = of.LogisticRegressionParameters()


class DecisionTreeClassifierTraining(Training):
    model_type: Literal["decision_tree_classifier"]
    hyperparameters: of.DecisionTreeClassifierParameters = of.DecisionTreeClassifierParameters()


class RandomForestClassifierTraining(Training):
    model_type: Literal["random_forest_classifier"]
    hyperparameters: of.RandomForestClassifierParameters = of.RandomForestClassifierParameters()


class GradientBoostingClassifierTraining(Training):
    model_type: Literal["gradient_boosting_classifier"]
    hyperparameters: of.GradientBoostingParameters = of.GradientBoostingParameters()


class KNeighborsClassifierTraining(Training):
    model_type: Literal["k_neighbors_classifier"]
    hyperparameters: of.KNeighborsParameters = of.KNeighborsParameters()


class LinearRegressionTraining(Training):
    model_type: Literal["linear_regression"]
    hyperparameters: of.LinearRegressionParameters = of.LinearRegressionParameters()


class RidgeTraining(Training):
    model_type: Literal["ridge"]
    hyperparameters: of.RidgeParameters = of.RidgeParameters()


class LassoTraining(Training):
    model_type: Literal["lasso"]
    hyperparameters: of.LassoParameters = of.LassoParameters()


class DecisionTreeRegressorTraining(Training):
    model_type: Literal["decision_tree_regressor"]
    hyperparameters: of.DecisionTreeRegressorParameters = of.DecisionTreeRegressorParameters()


class RandomForestRegressorTraining(Training):
    model_type: Literal["random_forest_regressor"]
    hyperparameters: of.RandomForestRegressorParameters = of.RandomForestRegressorParameters()


class GradientBoostingRegressorTraining(Training):
    model_type: Literal["gradient_boosting_regressor"]
    hyperparameters: of.GradientBoostingParameters = of.GradientBoostingParameters()


class KNeighborsRegressorTraining(Training):
    model_type: Literal["k_neighbors_regressor"]
    hyperparameters: of.KNeighborsParameters = of.KNeighborsParameters()


AnyTraining = (
    LogisticRegressionTraining
    | DecisionTreeClassifierTraining
    | RandomForestClassifierTraining
    | GradientBoostingClassifierTraining
    | KNeighborsClassifierTraining
    | LinearRegressionTraining
    | RidgeTraining
    | LassoTraining
    | DecisionTreeRegressorTraining
    | RandomForestRegressorTraining
    | GradientBoostingRegressorTraining
    | KNeighborsRegressorTraining
)
TRAININGS: Mapping[str, type[Training]] = MappingProxyType(
    {
        get_args(each.model_fields["model_type"].annotation)[0]: each
        for each in get_args(AnyTraining)
    }
)


class TrainingCreate(
    RootModel[
        Annotated[AnyTraining, Field(discriminator="model_type"), Tagged("model_type", TRAININGS)]
    ]
):
    """A training of one type of model."""


def task_of(model_type: str) -> Task:
    return "classification" if model_type in get_args(Classifier) else "regression"
