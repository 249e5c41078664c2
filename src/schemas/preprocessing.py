"""Steps that prepare the columns of a data file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from src.models.json_objects import JsonModel, Tagged
from src.models.types import Float, SafeInt, Text

COLUMNS = 500
"""Most columns of a data file, and of a step."""
STEPS = 20
NAME = 100
"""Most characters of a column's name."""

ColumnName = Annotated[Text, Field(min_length=1, max_length=NAME)]


def _distinct(names: list[str]) -> list[str]:
    if len({*names}) < len(names):
        msg = "must not name a column twice"
        raise ValueError(msg)
    return names


Columns = Annotated[
    list[ColumnName],
    Field(min_length=1, max_length=COLUMNS, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_distinct),
]
Seed = Annotated[SafeInt, Field(ge=0, le=2**32 - 1)]
TestSize = Annotated[Float, Field(ge=0.1, le=0.5)]
"""A part of the rows."""


class Impute(JsonModel):
    """Fills in missing values, with what the other rows have or with a constant."""

    step: Literal["impute"]
    columns: Columns | None = None
    """Null for all that the strategy fits: `mean` and `median` are for numbers."""
    strategy: Literal["mean", "median", "most_frequent", "constant"] = "mean"
    value: Float | ColumnName | None = None
    """The constant; columns of the other type are left alone, if none are named."""

    @model_validator(mode="after")
    def _with_its_value(self) -> "Impute":
        if (self.strategy == "constant") != (self.value is not None):
            msg = "must have a value if the strategy is constant, and none otherwise"
            raise ValueError(msg)
        return self


class Scale(JsonModel):
    """Brings numbers to a common scale."""

    step: Literal["scale"]
    columns: Columns | None = None
    """Null for all columns of numbers."""
    method: Literal["standard", "min_max", "robust"] = "standard"


class Encode(JsonModel):
    """Turns texts into numbers. A text that is new becomes zeros, or -1 with `ordinal`."""

    step: Literal["encode"]
    columns: Columns | None = None
    """Null for all columns of texts."""
    method: Literal["one_hot", "ordinal"] = "one_hot"


class Drop(JsonModel):
    """Leaves columns out."""

    step: Literal["drop"]
    columns: Columns


class Select(JsonModel):
    """Leaves all other columns out."""

    step: Literal["select"]
    columns: Columns


class Split(JsonModel):
    """Divides the rows at random: one part to train with, one to test with."""

    step: Literal["split"]
    test_size: TestSize = 0.2
    random_state: Seed = 0


_BY_NAME: Mapping[str, type[JsonModel]] = MappingProxyType(
    {"impute": Impute, "scale": Scale, "encode": Encode, "drop": Drop, "select": Select}
)
ColumnStep = Annotated[
    Impute | Scale | Encode | Drop | Select,
    Field(discriminator="step"),
    Tagged("step", _BY_NAME),
]
"""What is done to columns; it leaves the rows as they are."""
Step = Annotated[
    Impute | Scale | Encode | Drop | Select | Split,
    Field(discriminator="step"),
    Tagged("step", _BY_NAME | {"split": Split}),
]
ColumnSteps = Annotated[list[ColumnStep], Field(max_length=STEPS)]
