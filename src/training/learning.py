"""Fits a model to the rows of a table. Only child processes import this."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from src.jobs.errors import JobError
from src.schemas.training import Training, task_of
from src.training.bounds import STAGES
from src.training.measures import Measures, measured
from src.training.models import MODELS, estimator_of
from src.training.steps import Matrix, Preparation, prepare
from src.training.tables import Column, Table, is_missing, type_of
from src.training.targets import Target, target_of

type Tell = Callable[[int, int, Measures, Measures], None]
"""Is given a step, the last one, and the measures of the training part and of the test part."""


@dataclass(frozen=True)
class Part:
    rows: Matrix
    target: Target


class Learning:
    """A training, from the columns of a file to a model that is measured."""

    def __init__(self, training: Training, table: Table) -> None:
        """Divide and check the data. Raises `JobError` if they do not fit the training."""
        self._training = training
        self._task = task_of(training.model_type)
        name = training.target_column
        target = target_of(self._task, name, table.column(name))
        columns = {each: column for each, column in table.columns.items() if each != name}
        self.preparation = prepare(training.preprocessing, columns)
        _check(training, self.preparation, columns)
        self.train, self.test = self._divided(self.preparation.matrix(columns), target)

    def _divided(self, rows: Matrix, target: Target) -> tuple[Part, Part]:
        """Divide rows as `train_test_split` does; each class by itself, if there are classes."""
        by_class = target if self._task == "classification" else None
        given = {"test_size": self._training.test_size, "random_state": self._training.random_state}
        try:
            parts = train_test_split(rows, target, **given, stratify=by_class)
        except ValueError:
            reason = f"{len(rows)} rows are too few to train and to test with."
            raise JobError("rows", reason) from None
        return Part(*parts[::2]), Part(*parts[1::2])

    def fit(self, tell: Tell) -> tuple[Pipeline, Measures, Measures]:
        """Return the model, and its measures on the training part and on the test part."""
        steps, model = self.preparation.transformer(), estimator_of(self._training)
        train = Part(steps.fit_transform(self.train.rows), self.train.target)
        test = Part(steps.transform(self.test.rows), self.test.target)
        of_train: Measures = {}
        of_test: Measures = {}
        for step, last in self._growing(model):
            model.fit(train.rows, train.target)
            of_train, of_test = (
                measured(self._task, model, each.rows, each.target) for each in (train, test)
            )
            tell(step, last, of_train, of_test)
        return Pipeline([("steps", steps), ("model", model)]), of_train, of_test

    def _growing(self, model: BaseEstimator) -> Iterator[tuple[int, int]]:
        """Let a model that can grow do so, in a few stages, and yield the size of each."""
        name = MODELS[self._training.model_type].grows_by
        if name is None:
            yield 1, 1
            return
        last: int = model.get_params()[name]
        stages = min(last, STAGES)
        model.set_params(warm_start=True)
        for stage in range(1, stages + 1):
            size = -(-last * stage // stages)
            model.set_params(**{name: size})
            yield size, last
        model.set_params(warm_start=False)


def _check(training: Training, preparation: Preparation, columns: Mapping[str, Column]) -> None:
    takes_missing = MODELS[training.model_type].takes_missing
    for name, kind in preparation.types.items():
        column = columns[name]
        if kind == "text":
            reason = f"The column {name} has texts: add a step that encodes it, or drops it."
            raise JobError("texts", reason)
        if type_of(column) == "number" and np.isinf(column).any():
            raise JobError("infinite", f"The column {name} has infinite values.")
        if takes_missing or not preparation.leaves_missing(name):
            continue
        if missing := int(is_missing(column).sum()):
            reason = f"The column {name} has no value in {missing} rows, and this type of model "
            raise JobError("missing", reason + "needs all: add a step that imputes them.")
