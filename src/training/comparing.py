"""Compares a model with its repetition, in a child process."""

from pathlib import Path

import numpy as np

from src.jobs.report import Report
from src.schemas.job import Json
from src.schemas.training import TrainingCreate
from src.training.artefacts import read_model
from src.training.steps import prepare
from src.training.tables import read_table


def run(request: Json, report: Report) -> Json:
    """Return how many rows of a data file two models predict, and how many differently."""
    training = TrainingCreate.model_validate(request["training"]).root
    columns = dict(read_table(Path(request["data"]), Path(request["folder"])).columns)
    del columns[training.target_column]
    rows = prepare(training.preprocessing, columns).matrix(columns)
    models = [
        read_model(Path(each).read_bytes(), training.model_type) for each in request["models"]
    ]
    first, second = (each.predict(rows) for each in models)
    return {"rows": len(rows), "different": int(np.sum(first != second))}
