"""Each step as a transformer of scikit-learn. Only child processes import this."""

from sklearn.base import TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from src.schemas.preprocessing import Drop, Encode, Impute, Scale, Select
from src.training.bounds import CATEGORIES

_SCALERS = {"standard": StandardScaler, "min_max": MinMaxScaler, "robust": RobustScaler}

type ColumnStep = Impute | Scale | Encode | Drop | Select


def transformer_of(step: ColumnStep, missing: float | None) -> TransformerMixin:
    match step:
        case Scale():
            return _SCALERS[step.method]()
        case Encode(method="one_hot"):
            return OneHotEncoder(
                handle_unknown="infrequent_if_exist",
                max_categories=CATEGORIES,
                sparse_output=False,
            )
        case Encode():
            return OrdinalEncoder(
                handle_unknown="use_encoded_value", unknown_value=-1, max_categories=CATEGORIES
            )
        case Impute():
            return SimpleImputer(
                strategy=step.strategy,
                fill_value=step.value,
                missing_values=missing,
                keep_empty_features=True,
            )
    msg = f"{step.step} is no transformer."
    raise ValueError(msg)
