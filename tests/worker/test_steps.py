"""Steps that prepare columns, compared with transformers made by hand."""

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from sklearn.preprocessing import StandardScaler

from src.jobs.errors import JobError
from src.schemas.preprocessing import ColumnStep
from src.training.bounds import CATEGORIES
from src.training.steps import Preparation, prepare
from src.training.tables import Column

STEPS = TypeAdapter(list[ColumnStep])
NAN = float("nan")


def columns() -> dict[str, Column]:
    return {
        "age": np.array([1.0, NAN, 3.0, 4.0]),
        "height": np.array([1.0, 2.0, 3.0, 4.0]),
        "city": np.array(["a", None, "b", "a"], object),
    }


def prepared(*steps: dict[str, Any]) -> Preparation:
    return prepare(STEPS.validate_python([*steps]), columns())


def result(*steps: dict[str, Any]) -> list[list[object]]:
    """Fit the steps on all rows, and return the rows afterwards."""
    preparation = prepared(*steps)
    rows: list[list[object]] = (
        preparation.transformer().fit_transform(preparation.matrix(columns())).tolist()
    )
    return rows


IMPUTE, ENCODE = {"step": "impute"}, {"step": "encode"}
NUMBERS = {"step": "select", "columns": ["height", "age"]}
CITY = {"step": "select", "columns": ["city"]}


@pytest.mark.parametrize(
    ("steps", "rows"),
    [
        ([NUMBERS, IMPUTE], [[1, 1], [8 / 3, 2], [3, 3], [4, 4]]),
        ([NUMBERS, IMPUTE | {"strategy": "median"}], [[1, 1], [3, 2], [3, 3], [4, 4]]),
        (
            [NUMBERS, IMPUTE | {"strategy": "constant", "value": -1}],
            [[1, 1], [-1, 2], [3, 3], [4, 4]],
        ),
        ([CITY, IMPUTE | {"strategy": "most_frequent"}], [["a"], ["a"], ["b"], ["a"]]),
        (
            [CITY, IMPUTE | {"strategy": "constant", "value": "?"}, ENCODE],
            [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]],
        ),
        ([CITY, ENCODE], [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]),
        ([CITY, ENCODE | {"method": "ordinal"}], [[0], [2], [1], [0]]),
        (
            [{"step": "drop", "columns": ["age", "city"]}, {"step": "scale", "method": "min_max"}],
            [[0], [1 / 3], [2 / 3], [1]],
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_steps_are_applied_by_column_and_in_order(
    steps: list[dict[str, Any]], rows: list[list[object]]
) -> None:
    got = result(*steps)

    for found, expected in zip(got, rows, strict=True):
        assert found == pytest.approx(expected)


def test_steps_learn_from_the_rows_they_are_fitted_on() -> None:
    preparation = prepared({"step": "drop", "columns": ["city", "age"]}, {"step": "scale"})
    heights = columns()["height"].reshape(-1, 1)

    fitted = preparation.transformer().fit(heights[:2])

    assert (
        fitted.transform(heights).tolist()
        == StandardScaler().fit(heights[:2]).transform(heights).tolist()
    )


def test_texts_that_are_new_are_none_of_the_known_ones() -> None:
    preparation = prepared(CITY, IMPUTE | {"strategy": "constant", "value": "?"}, ENCODE)
    fitted = preparation.transformer().fit(preparation.matrix(columns()))

    assert fitted.transform(np.array([["c"]], object)).tolist() == [[0, 0, 0]]


def test_texts_that_are_told_apart_are_bounded() -> None:
    many = {"id": np.array([f"{n}" for n in range(CATEGORIES + 100)], object)}
    preparation = prepare(STEPS.validate_python([ENCODE]), many)

    assert preparation.transformer().fit_transform(preparation.matrix(many)).shape[1] == CATEGORIES


def test_columns_whose_missing_values_stay_are_known() -> None:
    encoded = prepared(ENCODE, IMPUTE | {"columns": ["height"]})

    assert [each for each in encoded.types if encoded.leaves_missing(each)] == ["age"]
    assert encoded.types["city"] == "number"
    assert prepared().leaves_missing("city")


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        (
            [{"step": "scale", "columns": ["city"]}],
            "Step 1 does not fit city, which has texts.",
        ),
        (
            [{"step": "impute", "columns": ["city"]}],
            "Step 1 does not fit city, which has texts.",
        ),
        (
            [{"step": "encode", "columns": ["age"]}],
            "Step 1 does not fit age, which has numbers.",
        ),
        (
            [{"step": "drop", "columns": ["age"]}, {"step": "scale", "columns": ["age"]}],
            "Step 2 names age, which is no column, or none any more.",
        ),
        (
            [{"step": "drop", "columns": ["age", "height", "city"]}],
            "The steps leave no column.",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_step_that_does_not_fit_says_why(steps: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(JobError) as raised:
        prepared(*steps)

    assert (raised.value.code, raised.value.reason) == ("steps", reason)


@pytest.mark.parametrize(
    "step",
    [
        {"step": "evil"},
        {"step": ["impute"]},
        {"step": "split"},
        {"step": "scale", "with_mean": True},
        {"step": "scale", "columns": []},
        {"step": "scale", "columns": ["a", "a"]},
        {"step": "scale", "columns": ["x" * 101]},
        {"step": "drop"},
        {"step": "impute", "strategy": "constant"},
        {"step": "impute", "value": 1},
        {"step": "impute", "strategy": "constant", "value": NAN},
    ],
    ids=str,
)
def test_step_is_of_a_known_form(step: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        STEPS.validate_python([step])
