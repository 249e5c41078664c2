"""Prepares a data file, in a child process."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split

from src.jobs.errors import JobError
from src.jobs.report import Report
from src.schemas.job import Json
from src.schemas.preprocessing import Split
from src.schemas.preprocessing_job import Steps
from src.training.parquet import write_parquet
from src.training.steps import Matrix, prepare
from src.training.tables import Column, read_table

SAME_NAME = JobError("steps", "Two of the new columns would have the same name.")

type Columns = Mapping[str, Column]

_STEPS: TypeAdapter[Any] = TypeAdapter(Steps)


def run(request: Json, report: Report) -> Json:
    """Read a data file, and write new ones, named 0 and 1, into a folder."""
    steps = _STEPS.validate_python(request["steps"])
    folder = Path(request["folder"])
    columns = read_table(Path(request["path"]), folder).columns
    split = next((each for each in steps if isinstance(each, Split)), None)
    preparation = prepare([each for each in steps if each is not split], columns)
    parts = _parts(preparation.matrix(columns), split)
    transformer = preparation.transformer()
    told = []
    for number, (part, matrix) in enumerate(parts.items()):
        fitted = transformer.transform(matrix) if number else transformer.fit_transform(matrix)
        new = _named(transformer, preparation.given, fitted)
        write_parquet(folder / str(number), new)
        told.append({"part": part, "rows": len(fitted), "columns": len(new)})
        report(number + 1, len(parts), "writing")
    return {"parts": told}


def _parts(matrix: Matrix, split: Split | None) -> Mapping[str | None, Matrix]:
    """Divide the rows; the first part is the one to learn from."""
    if split is None:
        return {None: matrix}
    given = {"test_size": split.test_size, "random_state": split.random_state}
    try:
        train, test = train_test_split(np.arange(len(matrix)), **given)
    except ValueError:
        raise JobError("rows", f"{len(matrix)} rows are too few to split.") from None
    return {"train": matrix[train], "test": matrix[test]}


def _named(transformer: ColumnTransformer, given: Iterable[str], matrix: Matrix) -> Columns:
    """Name the columns of a transformed matrix."""
    try:
        names = [*transformer.get_feature_names_out([*given])]
    except ValueError:  # two are equal
        raise SAME_NAME from None
    if len({each.lower() for each in names}) < len(names):
        raise SAME_NAME
    return {name: _typed(matrix[:, place]) for place, name in enumerate(names)}


def _typed(values: Column) -> Column:
    has_texts = values.dtype == object and any(isinstance(each, str) for each in values)
    return values if has_texts else values.astype(np.float64)
