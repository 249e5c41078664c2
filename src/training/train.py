"""Trains a model, in a child process."""

import platform
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np

from src.jobs.errors import JobError
from src.jobs.report import Report
from src.schemas.job import Json
from src.schemas.training import TrainingCreate
from src.training.artefacts import write_model
from src.training.bounds import WARNINGS
from src.training.learning import Learning
from src.training.measures import Measures
from src.training.tables import Table, read_table

PACKAGES = ("duckdb", "numpy", "scikit-learn", "scipy", "skops")


def run(request: Json, report: Report) -> Json:
    """Train with a data file, and write the model to a path; return what is known about it."""
    training = TrainingCreate.model_validate(request["training"]).root
    clock, artefact = _Clock(), Path(request["artefact"])

    def tell(step: int, last: int, of_train: Measures, of_test: Measures) -> None:
        report(step, last, "training")
        points = [(f"train/{name}", value) for name, value in of_train.items()]
        points += [(f"test/{name}", value) for name, value in of_test.items()]
        report.news(points=[{"key": k, "step": step, "value": v} for k, v in points])

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with clock.timing("read"):
            table = read_table(Path(request["data"]), artefact.parent)
        learning = Learning(training, table)
        with clock.timing("train"), _understood():
            model, of_train, of_test = learning.fit(tell)
        with clock.timing("write"):
            write_model(model, artefact, training.model_type)
    told = _constants(table) + [str(each.message).partition("\n")[0] for each in caught]
    return {
        "rows": table.rows,
        "columns": len(table.columns),
        "features": [{"name": n, "type": t} for n, t in learning.preparation.given.items()],
        "train_metrics": of_train,
        "test_metrics": of_test,
        "packages": {name: version(name) for name in PACKAGES},
        "environment": {"python": platform.python_version(), "platform": platform.platform()},
        "durations": clock.seconds,
        "warnings": [*dict.fromkeys(told)][:WARNINGS],
    }


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def timing(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.seconds[what] = round(time.monotonic() - begun, 3)


@contextmanager
def _understood() -> Iterator[None]:
    """Pass on what scikit-learn says about values that it cannot use."""
    try:
        yield
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        raise JobError("training", f"scikit-learn cannot train with this: {reason}") from None


def _constants(table: Table) -> list[str]:
    return [
        f"The column {name} has one value only."
        for name, column in table.columns.items()
        if (column[:1] == column).all() and not np.equal(column, None).any()
    ]
