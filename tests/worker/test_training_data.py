"""What the child process of a training makes of data and parameters: here without a process."""

from pathlib import Path
from typing import Any

import pytest

from src.jobs.errors import JobError
from src.jobs.report import Report
from src.schemas.job import Json
from src.training.bounds import WARNINGS
from src.training.train import run
from tests.api import UNKNOWN_ID
from tests.training import FLOWERS, request

NUMBERS = b"a,b,y\n" + b"".join(b"%d,%d,%d.5\n" % (n, n % 7, n * 2) for n in range(40))


class Trial:
    """A training in a folder, and what its process tells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[Json] = []

    def run(self, content: bytes = FLOWERS, **fields: Any) -> Json:
        data, artefact = self.folder / "data", self.folder / "model.skops"
        data.write_bytes(content)
        training = request(UNKNOWN_ID, **fields)
        given = {"training": training, "data": str(data), "artefact": str(artefact)}
        return run(given, Report(lambda **told: self.told.append(told)))


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(tmp_path)


def lines(*rows: str, times: int = 10) -> bytes:
    header, *others = rows
    return "\n".join([header, *(others * times), ""]).encode()


@pytest.mark.parametrize(
    ("content", "fields", "code", "reason"),
    [
        (
            FLOWERS,
            {"target_column": "colour"},
            "column",
            "The file has no column named colour.",
        ),
        (
            lines("length,species", "1,setosa", "2,setosa"),
            {},
            "target",
            "The column species has one value only: there is nothing to tell apart.",
        ),
        (
            FLOWERS,
            {"model_type": "ridge"},
            "target",
            "The column species has texts: a model of numbers cannot predict it.",
        ),
        (
            NUMBERS,
            {"target_column": "y"},
            "target",
            "The column y has numbers that are not whole: a classifier needs classes.",
        ),
        (
            lines("length,species", "1,setosa", "2,", "3,virginica"),
            {},
            "target",
            "The column species has no value in 10 rows.",
        ),
        (
            lines("a,y", "1,1.5", "2,1e999", "3,2"),
            {"target_column": "y", "model_type": "ridge"},
            "target",
            "The column y has infinite values.",
        ),
        (
            "\n".join(["n,species", *(f"{n},s{n % 201}" for n in range(603))]).encode(),
            {},
            "target",
            "The column species has 201 values; at most 200 can be told apart.",
        ),
        (
            FLOWERS + b"\n1,2,rara",
            {},
            "target",
            "Each value of species needs two rows, to train and to test with.",
        ),
        (
            lines("length,species", "1,a", "2,b", "3,c", times=2),
            {},
            "rows",
            "6 rows are too few to train and to test with.",
        ),
        (
            lines("a,y", "1,2", times=1),
            {"target_column": "y", "model_type": "ridge"},
            "rows",
            "1 rows are too few to train and to test with.",
        ),
        (
            lines("length,species", ",setosa", "2,virginica"),
            {},
            "missing",
            (
                "The column length has no value in 10 rows, and this type of model needs all: "
                "add a step that imputes them."
            ),
        ),
        (
            lines("length,city,species", "1,Rome,setosa", "2,Paris,virginica"),
            {},
            "texts",
            "The column city has texts: add a step that encodes it, or drops it.",
        ),
        (
            lines("length,species", "1e999,setosa", "2,virginica"),
            {},
            "infinite",
            "The column length has infinite values.",
        ),
        (
            lines("species", "setosa", "virginica"),
            {},
            "steps",
            "The steps leave no column.",
        ),
        (b"", {}, "empty", "The file is empty."),
        (b"length,species\n", {}, "empty", "The file has no rows."),
        (
            lines("length,species", "1,setosa", "2,virginica", times=3),
            {"model_type": "k_neighbors_classifier", "hyperparameters": {"n_neighbors": 100}},
            "training",
            (
                "scikit-learn cannot train with this: Expected n_neighbors <= n_samples_fit, but "
                "n_neighbors = 100, n_samples_fit = 4, n_samples = 4"
            ),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_data_that_cannot_be_trained_with_say_why(
    trial: Trial, content: bytes, fields: Json, code: str, reason: str
) -> None:
    with pytest.raises(JobError) as raised:
        trial.run(content, **fields)

    assert (raised.value.code, raised.value.reason) == (code, reason)
    assert not (trial.folder / "model.skops").exists()


def test_columns_that_are_constant_are_told(trial: Trial) -> None:
    result = trial.run(lines("length,one,species", "1,7,setosa", "2,7,virginica"))

    assert result["warnings"] == ["The column one has one value only."]


def test_few_warnings_are_kept(trial: Trial) -> None:
    names = [f"c{n}" for n in range(WARNINGS + 10)]
    content = lines(
        ",".join(["length", *names, "species"]),
        ",".join(["1", *("7" for _ in names), "setosa"]),
        ",".join(["2", *("7" for _ in names), "virginica"]),
    )

    assert len(trial.run(content)["warnings"]) == WARNINGS


def test_warnings_of_the_library_are_told(trial: Trial) -> None:
    (warning,) = trial.run(hyperparameters={"max_iter": 1})["warnings"]

    assert warning.startswith("lbfgs failed to converge after 1 iteration")


@pytest.mark.parametrize("model_type", ["decision_tree_classifier", "gradient_boosting_classifier"])
def test_trees_take_missing_values(trial: Trial, model_type: str) -> None:
    content = lines("length,species", ",setosa", "2,virginica", times=50)

    assert trial.run(content, model_type=model_type)["test_metrics"]["accuracy"] == 1.0


def test_numbers_can_be_classes(trial: Trial) -> None:
    result = trial.run(lines("a,y", "1,0", "2,1"), target_column="y")

    assert result["test_metrics"]["roc_auc"] == 1.0


def test_measure_that_is_no_number_is_left_out(trial: Trial) -> None:
    content = lines("a,y", "1,2", "2,3", times=1)

    result = trial.run(content, target_column="y", model_type="linear_regression")

    assert result["test_metrics"].keys() == {"mae", "rmse"}
    assert result["warnings"]


def test_texts_and_gaps_are_prepared(trial: Trial) -> None:
    rows = [f"{n % 5},{'Rome' if n % 2 else 'Paris'},s{n % 2}" for n in range(40)]
    content = "\n".join(["a,city,species", *rows, ",,s1", ",,s0"]).encode()
    steps = [{"step": "impute"}, {"step": "encode"}, {"step": "scale", "columns": ["a"]}]

    result = trial.run(content, preprocessing=steps)

    assert result["features"] == [
        {"name": "a", "type": "number"},
        {"name": "city", "type": "text"},
    ]
    assert result["train_metrics"]["accuracy"] > 0.9


def test_curve_of_a_model_that_grows_has_few_points(trial: Trial) -> None:
    trial.run(model_type="random_forest_classifier", hyperparameters={"n_estimators": 25})

    points = [each["news"]["points"] for each in trial.told if "news" in each]
    steps = [each[0]["step"] for each in points]
    assert steps == [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]
    assert {each["key"] for each in points[0]} == {
        f"{part}/{name}"
        for part in ("train", "test")
        for name in ("accuracy", "f1", "log_loss", "roc_auc")
    }
    progress = [each["progress"] for each in trial.told if "progress" in each]
    assert progress[-1] == [25, 25, "training"]


def test_session_can_be_repeated_from_what_is_told(trial: Trial) -> None:
    result = trial.run()

    assert (result["rows"], result["columns"]) == (40, 3)
    assert result["durations"].keys() == {"read", "train", "write"}
    assert result["packages"].keys() >= {"duckdb", "numpy", "scikit-learn", "skops"}
    assert result["environment"].keys() == {"python", "platform"}
